import { parseEnvelope, verifyEnvelope, type OpenedEnvelope } from "../../src/attest/dsse.ts";
import type { PublicKey } from "../../src/attest/keys.ts";
import type { VerifyReport } from "../../src/attest/verify.ts";

/** Reads an envelope and checks it against the given keys. */
export function openEnvelope(bytes: Uint8Array, publicKeys: readonly PublicKey[]): OpenedEnvelope {
  return verifyEnvelope(parseEnvelope(bytes), publicKeys);
}

/** Yes to all three: whole, by a trusted key, and about the plan as it is now. */
export function isAccepted(report: VerifyReport): boolean {
  return (
    report.signature.status === "valid" &&
    report.signer.status === "trusted" &&
    report.subject.status === "unchanged"
  );
}
