import { sha256Hex } from "./digest.ts";
import { canonicalJson } from "./json.ts";
import type { Target } from "./target.ts";

/** What tells one deployment from another, wherever its files are copied to: the engine and the Compose project on it. */
export interface DeploymentId {
  readonly engineId: string;
  readonly project: string;
}

/** undefined when the target names no engine or no project: nothing on it can be told from another's. */
export function deploymentOf({ identity: { engineId }, project }: Target): DeploymentId | undefined {
  return engineId === undefined || engineId === "" || project === undefined || project === ""
    ? undefined
    : { engineId, project };
}

/** 32 hex digits: the name of its lock and of the directory that its runs keep their state in. */
export function deploymentDigest({ engineId, project }: DeploymentId): string {
  return sha256Hex(canonicalJson({ engineId, project })).slice(0, 32);
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
