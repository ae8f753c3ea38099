import { RepairError } from "../core/errors.ts";

export type SignatureReason =
  | "envelope_too_large"
  | "envelope_malformed"
  | "envelope_altered"
  | "envelope_reformatted"
  | "payload_type_unexpected"
  | "public_key_malformed"
  | "signature_invalid"
  | "statement_malformed"
  | "predicate_type_unexpected";

/** The file does not say what some key signed: not readable, not ours, or changed since it was signed. */
export class SignatureError extends RepairError {
  readonly reason: SignatureReason;

  constructor(reason: SignatureReason, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super("bad_result", message, options);
    this.name = "SignatureError";
    this.reason = reason;
  }
}

export type TrustReason = "signer_unknown" | "subject_changed" | "subject_not_found";

/** The signature holds, but what it says is not what the person asked about: another's key, another plan. */
export class TrustError extends RepairError {
  readonly reason: TrustReason;

  constructor(reason: TrustReason, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super("bad_result", message, options);
    this.name = "TrustError";
    this.reason = reason;
  }
}
