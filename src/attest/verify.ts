import { SignatureError } from "./attest-error.ts";
import { carriedPublicKeys, parseEnvelope, signerAsWritten, verifyEnvelope } from "./dsse.ts";
import type { PublicKey } from "./keys.ts";
import { parseStatement, REPAIR_RESULT_TYPE, type Statement } from "./statement.ts";
import {
  judgeSigner,
  judgeSubject,
  type NamedKey,
  type SignerAnswer,
  type SubjectAnswer,
  type TrustedKey,
} from "./trust.ts";

export interface VerifyRequest {
  readonly envelopeBytes: Uint8Array;
  /** The bytes of the file it is about, a plan or a result; undefined when it is not there. */
  readonly subjectBytes: Uint8Array | undefined;
  readonly trustedKeys: readonly TrustedKey[];
  /** Keys that a policy names. */
  readonly policyKeys?: readonly NamedKey[];
  /** What may have been signed; a repair result when left out. */
  readonly predicateType?: string;
}

/** Three questions with three answers. Without a valid signature the other two mean nothing and are not asked. */
export type VerifyReport =
  | {
      readonly signature: { readonly status: "invalid"; readonly error: SignatureError };
      readonly signer: { readonly status: "not-checked" };
      readonly subject: { readonly status: "not-checked" };
    }
  | {
      readonly signature: { readonly status: "valid"; readonly signedBy: PublicKey };
      readonly signer: SignerAnswer;
      readonly subject: SubjectAnswer;
      /** What was signed; its predicate is still to be read with the schema of its type. */
      readonly statement: Statement;
    };

/**
 * Checks a result file without any network, every byte of it. A key that the file carries answers only whether the
 * file is whole; whether to believe the signer is judged by `trustedKeys` alone.
 */
export function verifyResult({
  envelopeBytes,
  subjectBytes,
  trustedKeys,
  policyKeys = [],
  predicateType = REPAIR_RESULT_TYPE,
}: VerifyRequest): VerifyReport {
  try {
    const envelope = parseEnvelope(envelopeBytes);
    const keys = [...trustedKeys.map(({ key }) => key), ...carriedPublicKeys(envelope)];
    const opened = verifyEnvelope(envelope, keys);
    const statement = parseStatement(opened.payload, predicateType);
    const signedBy = signerAsWritten(envelopeBytes, envelope, opened);
    return {
      signature: { status: "valid", signedBy },
      signer: judgeSigner(signedBy, trustedKeys, policyKeys),
      subject: judgeSubject(statement, subjectBytes),
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
