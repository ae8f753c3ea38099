import { sha256Hex } from "../text/digest.ts";
import { canonicalJson } from "../text/json.ts";

/** What tells one deployment from another, wherever its files are copied to; which ids, its kind of target says. */
export type DeploymentId = Readonly<Record<string, string>>;

/** 32 hex digits: the name of its lock and of the directory that its runs keep their state in. */
export function deploymentDigest(deployment: DeploymentId): string {
  return sha256Hex(canonicalJson(deployment)).slice(0, 32);
}

/** What planning keeps of a plan for a deployment is found by the digest of the plan's bytes. */
export interface PlannedPlace {
  readonly deployment: DeploymentId;
  readonly planDigest: string;
}

/** Where the runs of a plan on a deployment keep their state. */
export interface RunPlace {
  readonly deployment: DeploymentId;
  readonly planName: string;
}
