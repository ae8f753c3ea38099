import { classify } from "../../classify/classify.ts";
import { toolNamed } from "../../catalog/index.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Effect } from "../../core/effect.ts";
import type { Facts } from "../../core/fact.ts";
import type { ClassifiedFinding, Severity } from "../../core/finding.ts";
import { MAX_STEPS } from "../../core/plan.ts";
import { simulateStep, type StepDraft } from "../simulate.ts";

/** Steps that cure the findings, or undefined when no known remedy does. */
export interface Proposal {
  readonly steps: readonly StepDraft[] | undefined;
  /** Remedies that were considered and not taken. */
  readonly rejected: readonly { readonly tool: string; readonly why: string }[];
}

/** One step of a higher effect costs more than any number of lower ones that fit into a plan. */
const effectCost: Readonly<Record<Effect, number>> = {
  read: 1,
  safe: 100,
  mutating: 10_000,
  destructive: 1_000_000,
};

interface Node {
  readonly facts: Facts;
  readonly steps: readonly StepDraft[];
  readonly effect: number;
  readonly downtime: number;
  readonly key: string;
}

const MAX_NODES = 2_000;

/**
 * Best-first search over the remedies of the findings: cheapest by effect, then by downtime, then by
 * length. Deterministic: equal costs are taken in the order in which the rules offer them.
 */
export function planOffline(facts: Facts): Proposal {
  const everything = search(facts, ["blocking", "degraded"]);
  const steps = everything ?? search(facts, ["blocking"]);
  return { steps, rejected: rejectedAlternatives(facts, steps ?? []) };
}

function search(facts: Facts, goal: readonly Severity[]): readonly StepDraft[] | undefined {
  const open: Node[] = [{ facts, steps: [], effect: 0, downtime: 0, key: "" }];
  const seen = new Set<string>();
  for (let visited = 0; visited < MAX_NODES; visited++) {
    const node = takeCheapest(open);
    if (node === undefined) return undefined;
    if (seen.has(node.key)) continue;
    seen.add(node.key);
    const findings = classify(node.facts).filter(({ severity }) => goal.includes(severity));
    if (findings.length === 0) return node.steps;
    if (node.steps.length < MAX_STEPS) open.push(...successors(node, findings));
  }
  return undefined;
}

function takeCheapest(open: Node[]): Node | undefined {
  let best = 0;
  for (let index = 1; index < open.length; index++) {
    const candidate = open[index];
    const chosen = open[best];
    if (candidate !== undefined && chosen !== undefined && costsLess(candidate, chosen)) best = index;
  }
  return open.splice(best, 1)[0];
}

function costsLess(a: Node, b: Node): boolean {
  return (
    a.effect - b.effect < 0 ||
    (a.effect === b.effect && (a.downtime - b.downtime || a.steps.length - b.steps.length) < 0)
  );
}

function successors(node: Node, findings: readonly ClassifiedFinding[]): readonly Node[] {
  return findings.flatMap(({ remedies }) =>
    remedies.flatMap((remedy) => {
      const simulated = simulateStep(remedy, node.facts);
      if (simulated === undefined || simulated.unmet.length > 0 || simulated.redundant) return [];
      const steps = [...node.steps, remedy];
      return [
        {
          facts: simulated.after,
          steps,
          effect: node.effect + effectCost[simulated.tool.effect],
          downtime: node.downtime + simulated.tool.downtimeSeconds,
          // The same steps in another order lead to the same facts.
          key: steps.map(stepKey).sort().join("\n"),
        },
      ];
    }),
  );
}

function stepKey({ tool, args }: Pick<StepDraft, "tool" | "args">): string {
  return `${tool} ${canonicalJson(args)}`;
}

function rejectedAlternatives(facts: Facts, steps: readonly StepDraft[]): Proposal["rejected"] {
  const taken = new Set(steps.map(stepKey));
  const rejected = new Map<string, { tool: string; why: string }>();
  for (const remedy of classify(facts).flatMap(({ remedies }) => remedies)) {
    const key = stepKey(remedy);
    if (taken.has(key) || rejected.has(key)) continue;
    const unmet = simulateStep(remedy, facts)?.unmet ?? [];
    const why =
      unmet.length > 0
        ? unmet.map(({ message }) => message).join("; ")
        : `not needed: the steps taken cost less (${toolNamed(remedy.tool)?.effect ?? "unknown"} effect)`;
    rejected.set(key, { tool: remedy.tool, why });
  }
  return [...rejected.values()];
}
