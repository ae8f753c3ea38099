import { sameJson } from "../../core/text/json.ts";
import type { Facts } from "../../core/fact.ts";
import type { Endpoints } from "../../core/endpoints.ts";
import type { Result } from "../../core/records/result.ts";
import type { OpenTarget } from "../services.ts";

/**
 * The target with eyes that remember what they saw first and last. `movedTo`: where DevLake answers after
 * a repair that moved it; undefined when it stayed where it was, or nothing was looked at.
 */
export function watchAddresses(target: OpenTarget): {
  readonly watched: OpenTarget;
  readonly movedTo: (result: Pick<Result, "outcome" | "earlierRuns">) => Endpoints | undefined;
} {
  let first: Facts | undefined;
  let last: Facts | undefined;
  const seen = (facts: Facts): void => {
    first ??= facts;
    last = facts;
  };
  const { inspect, probe } = target.eyes;
  return {
    watched: {
      ...target,
      eyes: {
        inspect: async () => {
          const inspection = await inspect();
          seen(inspection.facts);
          return inspection;
        },
        probe: async (depth) => {
          const facts = await probe(depth);
          seen(facts);
          return facts;
        },
      },
    },
    movedTo: ({ outcome, earlierRuns }) => {
      if (outcome !== "repaired" || first === undefined || last === undefined) return undefined;
      const [before, after] = [first, last].map(target.family.endpoints);
      // A run that was resumed may have moved it before it was cut off.
      const stayed =
        earlierRuns === undefined && before !== undefined && after !== undefined && sameJson(before, after);
      return stayed ? undefined : after;
    },
  };
}
