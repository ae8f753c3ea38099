import { createHmac } from "node:crypto";
import { deploymentDigest, type RunPlace } from "./deployment-id.ts";

/** Makes the seal of a record, 64 hex digits, out of its hash, which covers it and all before it. */
export type Seal = (hash: string) => string;

/**
 * HMAC-SHA256 with a key that only the user has who runs repairs. The deployment and the plan are in what is sealed, so a
 * journal holds in its own place alone: not as that of another deployment or plan, and not when somebody else wrote it.
 * It cannot show that records are missing at the end; the anchor in a signed result does.
 */
export function journalSeal(key: Uint8Array, { deployment, planName }: RunPlace): Seal {
  const place = `gh-devlake repair journal\n${deploymentDigest(deployment)}\n${planName}\n`;
  return (hash) => createHmac("sha256", key).update(`${place}${hash}`).digest("hex");
}
