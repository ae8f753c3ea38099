import { SignatureError } from "./attest-error.ts";
import { carriedPublicKeys, parseEnvelope, verifyEnvelope } from "./dsse.ts";
import type { PublicKey } from "./keys.ts";
import { parseStatement, type Statement } from "./statement.ts";
import {
  judgeSigner,
  judgeSubject,
  type SignerAnswer,
  type SubjectAnswer,
  type TrustedKey,
} from "./trust.ts";

export interface VerifyRequest {
  readonly envelopeBytes: Uint8Array;
  /** The plan file's bytes; undefined when it is not there. */
  readonly planBytes: Uint8Array | undefined;
  readonly trustedKeys: readonly TrustedKey[];
}

/** Three questions with three answers. Without a valid signature the other two mean nothing and are not asked. */
export type VerifyReport =
  | {
      readonly signature: { readonly status: "invalid"; readonly error: SignatureError };
      readonly signer: { readonly status: "not-checked" };
      readonly subject: { readonly status: "not-checked" };
    }
  | {
      readonly signature: { readonly status: "valid"; readonly signedBy: readonly PublicKey[] };
      readonly signer: SignerAnswer;
      readonly subject: SubjectAnswer;
      /** What was signed; its predicate is still to be read with the schema of its type. */
      readonly statement: Statement;
    };

/**
 * Checks a result file without any network. A key that the file carries answers only whether the
 * file is whole; whether to believe the signer is judged by `trustedKeys` alone.
 */
export function verifyResult({ envelopeBytes, planBytes, trustedKeys }: VerifyRequest): VerifyReport {
  try {
    const envelope = parseEnvelope(envelopeBytes);
    const keys = [...trustedKeys.map(({ key }) => key), ...carriedPublicKeys(envelope)];
    const { payload, signedBy } = verifyEnvelope(envelope, keys);
    const statement = parseStatement(payload);
    return {
      signature: { status: "valid", signedBy },
      signer: judgeSigner(signedBy, trustedKeys),
      subject: judgeSubject(statement, planBytes),
      statement,
    };
  } catch (thrown) {
    if (!(thrown instanceof SignatureError)) throw thrown;
    return {
      signature: { status: "invalid", error: thrown },
      signer: { status: "not-checked" },
      subject: { status: "not-checked" },
    };
  }
}

/** Yes to all three: whole, by a trusted key, and about the plan as it is now. */
export function isAccepted(report: VerifyReport): boolean {
  return (
    report.signature.status === "valid" &&
    report.signer.status === "trusted" &&
    report.subject.status === "unchanged"
  );
}
