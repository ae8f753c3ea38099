import type { Policy } from "../../core/policy/policy.ts";

/** How a plan is to be applied, or a run taken back. */
export interface ApplyOptions {
  /** `--approve`: step ids or "safe"; undefined asks at the terminal. */
  readonly approve: readonly string[] | "safe" | undefined;
  /** Go on with a run that was cut off. */
  readonly resume: boolean;
  /** `--dir`, as it was given. */
  readonly directory: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly policy: Policy;
}
