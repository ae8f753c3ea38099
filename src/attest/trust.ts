import { TrustError } from "./attest-error.ts";
import type { PublicKey } from "./keys.ts";
import { sha256Hex } from "../core/text/digest.ts";
import { REPAIR_UNDO_TYPE, type Statement } from "./statement.ts";

/** A key the person relies on: the user's own, or one given with --key. */
export interface TrustedKey {
  readonly origin: "own" | "given";
  readonly key: PublicKey;
  /** The file, flag or variable that it comes from, as people are told. */
  readonly from: string;
}

/** A key that a policy names. */
export interface NamedKey {
  readonly name: string;
  readonly keyId: string;
  /** The policy, as people are told. */
  readonly from: string;
}

/** Whose signature is it, and by whose word? Asked only of keys whose signature holds. */
export type SignerAnswer =
  | {
      readonly status: "trusted";
      readonly origin: TrustedKey["origin"];
      readonly keyId: string;
      readonly from: string;
    }
  | ({ readonly status: "trusted"; readonly origin: "policy" } & NamedKey)
  | { readonly status: "unknown"; readonly keyId: string; readonly error: TrustError };

/** Is it about the plan at hand? `is` and `was` are sha256 in hex. */
export type SubjectAnswer =
  | { readonly status: "unchanged"; readonly name: string; readonly sha256: string }
  | {
      readonly status: "changed";
      readonly name: string;
      readonly was: string;
      readonly is: string;
      readonly error: TrustError;
    }
  | { readonly status: "not-found"; readonly name: string; readonly was: string; readonly error: TrustError };

export function judgeSigner(
  { keyId }: PublicKey,
  trustedKeys: readonly TrustedKey[],
  policyKeys: readonly NamedKey[] = [],
): SignerAnswer {
  const trusted = trustedKeys.find(({ key }) => key.keyId === keyId);
  if (trusted !== undefined) {
    const { origin, from } = trusted;
    return { status: "trusted", origin, keyId, from };
  }
  const named = policyKeys.find((key) => key.keyId === keyId);
  if (named !== undefined) return { status: "trusted", origin: "policy", ...named };
  return {
    status: "unknown",
    keyId,
    error: new TrustError(
      "signer_unknown",
      `key ${keyId} is neither your own nor given with --key nor in the trustedKeys of a policy of yours`,
      {
        hint: "get the signer's public key by a way you trust and give it with --key FILE, or name it in the trustedKeys of your own policy",
      },
    ),
  };
}

/** `bytes` undefined: the file is not there. Any subject with its digest will do (in-toto v1). */
export function judgeSubject(statement: Statement, bytes: Uint8Array | undefined): SubjectAnswer {
  const [first] = statement.subject;
  if (first === undefined) throw new TypeError("a statement has at least one subject");
  const { name, digest } = first;
  const isUndo = statement.predicateType === REPAIR_UNDO_TYPE;
  const what = isUndo ? "result" : "plan";
  if (bytes === undefined) {
    const error = new TrustError("subject_not_found", `the ${what} "${name}" is not beside the file`, {
      hint: `put "${name}" (sha256 ${digest.sha256}) beside it`,
    });
    return { status: "not-found", name, was: digest.sha256, error };
  }
  const is = sha256Hex(bytes);
  const match = statement.subject.find((subject) => subject.digest.sha256 === is);
  if (match !== undefined) return { status: "unchanged", name: match.name, sha256: is };
  const error = new TrustError(
    "subject_changed",
    `the ${what} is not the one that was ${isUndo ? "taken back" : "run"}: sha256 was ${digest.sha256}, is ${is}`,
    {
      hint: `get back the version of "${name}" that it is about, for instance from git`,
    },
  );
  return { status: "changed", name, was: digest.sha256, is, error };
}
