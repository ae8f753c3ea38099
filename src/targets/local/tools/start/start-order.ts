import type { Wait } from "../../facts/change-facts.ts";
import type { Facts } from "../../../../core/fact.ts";
import { containerState } from "../../facts/local-facts.ts";
import { isDoneJob } from "../../facts/needed-services.ts";
import { conditionOf, waitsOf } from "../../facts/waits.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";

/** Those of a service's waits that end by themselves: the other runs, is started before it, or has ended well. */
export function waitsToKeep(facts: Facts, service: string, chosen: readonly string[]): readonly Wait[] {
  return waitsOf(facts, service).filter((wait) => never(facts, wait, chosen) === undefined);
}

/** Waits that would never end. */
export function waitProblems(
  facts: Facts,
  service: string,
  chosen: readonly string[],
): readonly UnmetPrecondition[] {
  return waitsOf(facts, service).flatMap((wait): readonly UnmetPrecondition[] => {
    const why = wait.required ? never(facts, wait, chosen) : undefined;
    if (why === undefined) return [];
    const message = `${service} waits for ${wait.service}, which ${why} and is not started with it`;
    return [{ fact: containerState(wait.service).id, message }];
  });
}

/** Why it will not come to hold by itself. */
function never(facts: Facts, wait: Wait, chosen: readonly string[]): string | undefined {
  if (chosen.includes(wait.service)) return undefined;
  const condition = conditionOf(facts, wait);
  if (condition.kind !== "failed") return undefined;
  return wait.condition === "started" && isDoneJob(facts, wait.service) ? undefined : condition.is;
}
