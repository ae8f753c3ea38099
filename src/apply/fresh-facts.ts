import { errorText } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import { createRedactor, type Redact } from "../core/masking/redact.ts";
import type { ReadMasked } from "../core/reviewed-values.ts";
import type { Clock } from "../ports/clock.ts";
import type { TargetEyes } from "../targets/target-eyes.ts";

/** Facts this old were read just now: nobody was asked and nothing was done in between. */
const JUST_NOW_MS = 1_000;

export type Reading =
  | { readonly kind: "read"; readonly facts: Facts; readonly readMasked: ReadMasked }
  | { readonly kind: "unreadable"; readonly reason: string };

export interface FreshFacts {
  /** Facts read within the last second, or read now. */
  readonly read: () => Promise<Reading>;
  /** The world is about to change: what was read counts no more. */
  readonly forget: () => void;
  /** Knows every secret seen so far, also one that stood in a container which is gone by now. */
  readonly redact: Redact;
}

/** What an inspection found, and when: milliseconds of the monotonic clock. */
export interface TimedInspection {
  readonly facts: Facts;
  readonly redact: Redact;
  readonly readMasked: ReadMasked;
  readonly at: number;
}

/**
 * Reads the facts again whenever they could have moved, and not twice in a row for nothing. `first` is what
 * was read before the run began.
 */
export function freshFacts(eyes: TargetEyes, clock: Clock, first?: TimedInspection): FreshFacts {
  let last: Omit<TimedInspection, "redact"> | undefined = first;
  const redactors: Redact[] = [createRedactor([]), ...(first === undefined ? [] : [first.redact])];
  const redact: Redact = (text) => redactors.reduce((masked, one) => one(masked), text);
  return {
    read: async () => {
      if (last !== undefined && clock.monotonicMs() - last.at < JUST_NOW_MS)
        return { kind: "read", facts: last.facts, readMasked: last.readMasked };
      try {
        const inspection = await eyes.inspect();
        redactors.push(inspection.redact);
        const { facts, readMasked } = inspection;
        last = { facts, readMasked, at: clock.monotonicMs() };
        return { kind: "read", facts, readMasked };
      } catch (thrown) {
        return { kind: "unreadable", reason: redact(errorText(thrown)) };
      }
    },
    forget: () => {
      last = undefined;
    },
    redact,
  };
}
