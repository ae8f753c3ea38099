import type { AnyTool, UnmetPrecondition } from "../targets/define-tool.ts";
import { type TargetFamily, toolNamed } from "../targets/family.ts";
import { expectedValue } from "../core/expectations.ts";
import type { Facts } from "../core/fact.ts";
import { canonicalJson, type Json } from "../core/text/json.ts";

/** A step before the catalog has added what it knows of it. */
export interface StepDraft {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** One step where it stands: the facts it meets, what of them does not fit, and the facts after it. */
export interface SimulatedStep {
  readonly tool: AnyTool;
  readonly args: Readonly<Record<string, unknown>>;
  readonly before: Facts;
  readonly unmet: readonly UnmetPrecondition[];
  readonly after: Facts;
  /** It would change nothing, although it is made to change something. */
  readonly redundant: boolean;
}

/** Simulates one step; undefined when the catalog does not know its tool or refuses its arguments. */
export function simulateStep(
  family: Pick<TargetFamily, "tools">,
  draft: Pick<StepDraft, "tool" | "args">,
  before: Facts,
): SimulatedStep | undefined {
  // The search and the plan made of it ask for the same steps; facts and arguments never change.
  const known = simulated.get(before)?.get(draft.args)?.get(draft.tool);
  if (known !== undefined) return known;
  const step = simulate(family, draft, before);
  const byArgs = simulated.get(before) ?? new WeakMap<object, Map<string, SimulatedStep>>();
  const byTool = byArgs.get(draft.args) ?? new Map<string, SimulatedStep>();
  if (step !== undefined) byTool.set(draft.tool, step);
  simulated.set(before, byArgs.set(draft.args, byTool));
  return step;
}

/** Steps one after another, each on what the ones before it lead to; those that cannot be simulated are left out. */
export function simulateAll<Draft extends Pick<StepDraft, "tool" | "args">>(
  family: Pick<TargetFamily, "tools">,
  facts: Facts,
  drafts: readonly Draft[],
): readonly { readonly draft: Draft; readonly step: SimulatedStep }[] {
  let current = facts;
  return drafts.flatMap((draft) => {
    const step = simulateStep(family, draft, current);
    if (step === undefined) return [];
    current = step.after;
    return [{ draft, step }];
  });
}

const simulated = new WeakMap<Facts, WeakMap<object, Map<string, SimulatedStep>>>();

function simulate(
  family: Pick<TargetFamily, "tools">,
  { tool: name, args: given }: Pick<StepDraft, "tool" | "args">,
  before: Facts,
) {
  const tool = toolNamed(family, name);
  const args = tool?.args.safeParse(given);
  if (tool === undefined || args?.success !== true) return undefined;
  const unmet = tool.check(args.data, before);
  const after = unmet.length === 0 ? tool.simulate(args.data, before) : before;
  const redundant = unmet.length === 0 && tool.effect !== "read" && sameFacts(before, after);
  return { tool, args: args.data, before, unmet, after, redundant };
}

function sameFacts(a: Facts, b: Facts): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [id, entry] of a) {
    const other = b.get(id);
    if (other !== entry && canonicalJson(other) !== canonicalJson(entry)) return false;
  }
  return true;
}

/** The facts that a step depends on, as they have to be when its turn comes. */
export function expectationsOf({ tool, args, before }: SimulatedStep): Record<string, Json> {
  const ids = [...new Set(tool.reads(args, before).map(({ id }) => id))].sort();
  return Object.fromEntries(ids.map((id) => [id, expectedValue(before.get(id))]));
}
