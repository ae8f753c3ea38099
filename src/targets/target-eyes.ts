import type { Facts } from "../core/fact.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { ReadMasked } from "../core/reviewed-values.ts";

/** Looks at the target; `probe` looks only at states and health, for polling; at data and logs too when it is to see the `whole`. */
export interface TargetEyes {
  readonly inspect: () => Promise<{
    readonly facts: Facts;
    readonly redact: Redact;
    readonly readMasked: ReadMasked;
  }>;
  readonly probe: (depth?: "quick" | "whole") => Promise<Facts>;
}
