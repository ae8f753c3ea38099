import type { Facts } from "../../../core/fact.ts";
import type { Remedy } from "../../../core/finding.ts";
import { whatRecreationLoses } from "../losses/what-recreation-loses.ts";

/** To be taken before a step that removes or recreates these, where they hold the last copy of a secret. */
export function saveRemedies(
  facts: Facts,
  services: readonly string[],
  containers: readonly string[] = [],
): readonly Remedy[] {
  const isLast = whatRecreationLoses(facts, services, containers).some(({ kind }) => kind === "last_secret");
  if (!isLast) return [];
  return [
    {
      tool: "save_container_secrets",
      args: { services: [...services], ...(containers.length > 0 && { containers: [...containers] }) },
      why: "these containers hold secrets that are nowhere else, and they have to be made again",
    },
  ];
}
