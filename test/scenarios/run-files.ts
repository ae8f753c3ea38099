import { join } from "node:path";
import { deploymentDigest, deploymentOf } from "../../src/core/deployment-id.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import type { Planned } from "./repair-run.ts";

/** The journal of a plan's runs, where its target says that it is. */
export function journalOf(gh: GhDevlake, { plan: { metadata } }: Pick<Planned, "plan">): string {
  const deployment = deploymentOf(metadata.target);
  if (deployment === undefined) throw new Error("the plan names no deployment");
  return join(gh.stateDirectory, deploymentDigest(deployment), metadata.name, "journal.ndjson");
}
