import { z } from "zod";
import { FactEntrySchema, type FactKind, type Facts } from "./fact.ts";
import { factKindIn } from "./fact-ids.ts";
import { placedMisfit } from "./text/misfit-text.ts";
import { TargetSchema } from "./target.ts";

export const FACTS_API_VERSION = "devlake-repair.facts/v1";

/** All facts of one inspection as a file that can be saved, sent and planned from elsewhere. */
export const FactsBundleSchema = z
  .strictObject({
    apiVersion: z.literal(FACTS_API_VERSION).describe("facts, and the major version of their format"),
    kind: z.literal("FactsBundle").describe("always FactsBundle"),
    collectedAt: z.iso
      .datetime()
      .meta({ description: "when the inspection ended, UTC", examples: ["2026-11-22T10:15:00.000Z"] }),
    executor: z
      .strictObject({ version: z.string().describe("its version") })
      .describe("the program that inspected"),
    target: TargetSchema,
    facts: z.record(z.string(), FactEntrySchema).meta({
      description: "fact id to its value or why it is unavailable",
    }),
  })
  .meta({
    title: "Facts bundle",
    description:
      "All facts of one inspection, secrets masked, made by `gh devlake repair inspect -o FILE`. `gh devlake repair --plan-only --facts FILE` makes a plan of it on any machine.",
  });
export type FactsBundle = z.infer<typeof FactsBundleSchema>;

/** Of one fact; nobody reads more. */
const MOST_ISSUES = 10;

export interface BundleProblem {
  readonly fact: string;
  readonly path: string;
  readonly message: string;
}

/** Facts of a bundle, each checked against its kind; or everything that is wrong with it. */
export function factsOfBundle(
  bundle: Pick<FactsBundle, "facts">,
  kinds: readonly FactKind<unknown>[],
): {
  readonly facts: Facts;
  readonly problems: readonly BundleProblem[];
} {
  const problems: BundleProblem[] = [];
  const facts = new Map(Object.entries(bundle.facts).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  for (const [id, entry] of facts) {
    const kind = factKindIn(kinds, id);
    if (kind === undefined) problems.push({ fact: id, path: `facts.${id}`, message: "no such kind of fact" });
    else if ("value" in entry) {
      const { error } = kind.schema.safeParse(entry.value);
      for (const issue of error?.issues.slice(0, MOST_ISSUES) ?? [])
        problems.push({ fact: id, path: `facts.${id}`, message: placedMisfit(issue, entry.value) });
    }
  }
  return { facts, problems };
}
