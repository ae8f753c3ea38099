import { join } from "node:path";
import { deploymentDigest } from "../../src/core/records/deployment-id.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import type { Planned } from "./repair-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** The journal of a plan's runs, where its target says that it is. */
export function journalOf(gh: GhDevlake, { plan: { metadata } }: Pick<Planned, "plan">): string {
  const deployment = localFamily.identity.deployment(metadata.target);
  if (deployment === undefined) throw new Error("the plan names no deployment");
  return join(gh.stateDirectory, deploymentDigest(deployment), metadata.name, "journal.ndjson");
}
