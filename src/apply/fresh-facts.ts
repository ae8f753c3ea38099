import type { Facts } from "../core/fact.ts";
import type { Redact } from "../core/redact.ts";
import type { Clock } from "../ports/clock.ts";
import type { TargetEyes } from "./run-context.ts";

/** Facts this old were read just now: nobody was asked and nothing was done in between. */
const JUST_NOW_MS = 1_000;

export interface FreshFacts {
  /** Facts read within the last second, or read now. */
  readonly read: () => Promise<{ readonly facts: Facts; readonly redact: Redact }>;
  /** The world is about to change: what was read counts no more. */
  readonly forget: () => void;
}

/** Reads the facts again whenever they could have moved, and not twice in a row for nothing. */
export function freshFacts(eyes: TargetEyes, clock: Clock): FreshFacts {
  let last: { readonly facts: Facts; readonly redact: Redact; readonly at: number } | undefined;
  return {
    read: async () => {
      if (last !== undefined && clock.monotonicMs() - last.at < JUST_NOW_MS) return last;
      const inspection = await eyes.inspect();
      last = { ...inspection, at: clock.monotonicMs() };
      return last;
    },
    forget: () => {
      last = undefined;
    },
  };
}
