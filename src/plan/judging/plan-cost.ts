import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { EffectSchema } from "../../core/effect.ts";
import { canonicalJson } from "../../core/text/json.ts";
import type { StepDraft } from "../simulate.ts";

const effects = EffectSchema.options.toReversed();

/** Steps of each effect, the highest first, then seconds of downtime, then steps: what planners minimise. */
type PlanCost = readonly number[];

function planCost(family: TargetFamily, steps: readonly Pick<StepDraft, "tool">[]): PlanCost {
  const tools = steps.flatMap(({ tool }) => toolNamed(family, tool) ?? []);
  return [
    ...effects.map((effect) => tools.filter((tool) => tool.effect === effect).length),
    tools.reduce((sum, { downtimeSeconds }) => sum + downtimeSeconds, 0),
    steps.length,
  ];
}

/** In what the first plan costs more than the second, for people; undefined when it does not. */
export function costlierIn(
  family: TargetFamily,
  steps: readonly Pick<StepDraft, "tool">[],
  than: readonly Pick<StepDraft, "tool">[],
): string | undefined {
  const other = planCost(family, than);
  const difference = planCost(family, steps).map((part, index) => part - (other[index] ?? 0));
  const first = difference.findIndex((part) => part !== 0);
  const by = difference[first] ?? 0;
  if (by <= 0) return undefined;
  const effect = effects[first];
  if (effect !== undefined) return `${by} more ${effect} ${by === 1 ? "step" : "steps"}`;
  return first === effects.length ? `${by} s more downtime` : `${by} more ${by === 1 ? "step" : "steps"}`;
}

/** Equal for steps that do the same, whatever is said about them. */
export function stepKey({ tool, args }: Pick<StepDraft, "tool" | "args">): string {
  // The search compares the same arguments again and again, and those of a hundred ports are long.
  const json = written.get(args) ?? canonicalJson(args);
  written.set(args, json);
  return `${tool} ${json}`;
}

const written = new WeakMap<StepDraft["args"], string>();
