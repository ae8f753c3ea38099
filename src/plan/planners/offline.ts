import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { effectRank, type Effect } from "../../core/effect.ts";
import type { Facts } from "../../core/fact.ts";
import type { ClassifiedFinding, Remedy, Severity } from "../../core/finding.ts";
import { MAX_STEPS } from "../../core/plan.ts";
import { defaultPolicy, forbidden, type Policy } from "../../core/policy/policy.ts";
import { stepKey } from "../judging/plan-cost.ts";
import { simulateStep, type SimulatedStep, type StepDraft } from "../simulate.ts";

/** Steps that cure the findings, or undefined when no known remedy does. */
export interface Proposal {
  readonly steps: readonly StepDraft[] | undefined;
  /** Remedies that were considered and not taken. */
  readonly rejected: readonly { readonly tool: string; readonly why: string }[];
  /** How many steps a repair would have, where nothing but the policy's bound on them prevents it. */
  readonly stepsNeeded?: number | undefined;
}

/** One step of a higher effect costs more than any number of lower ones that fit into a plan. */
function effectCost(effect: Effect): number {
  return 100 ** effectRank(effect);
}

interface Node {
  readonly facts: Facts;
  readonly steps: readonly StepDraft[];
  readonly effect: number;
  readonly downtime: number;
}

const MAX_NODES = 2_000;

/**
 * Best-first search over the remedies of the findings: cheapest by effect, then by downtime, then by
 * length. Deterministic: equal costs are taken in the order in which the rules offer them.
 */
export function planOffline(family: TargetFamily, facts: Facts, policy: Policy = defaultPolicy): Proposal {
  const steps = cheapest(family, facts, policy);
  const rejected = rejectedAlternatives(family, facts, steps ?? [], policy);
  if ((steps ?? []).length > 0 || policy.maxSteps >= MAX_STEPS) return { steps, rejected };
  const unbound = cheapest(family, facts, { ...policy, maxSteps: MAX_STEPS }) ?? [];
  return { steps, rejected, ...(unbound.length > 0 && { stepsNeeded: unbound.length }) };
}

function cheapest(family: TargetFamily, facts: Facts, policy: Policy): readonly StepDraft[] | undefined {
  return (
    search(family, facts, ["blocking", "degraded"], policy) ?? search(family, facts, ["blocking"], policy)
  );
}

function search(
  family: TargetFamily,
  facts: Facts,
  goal: readonly Severity[],
  policy: Policy,
): readonly StepDraft[] | undefined {
  const open: Node[] = [{ facts, steps: [], effect: 0, downtime: 0 }];
  // The same steps in another order lead to the same facts, at the same cost.
  const known = new Set<string>();
  for (let visited = 0; visited < MAX_NODES; visited++) {
    const node = takeCheapest(open);
    if (node === undefined) return undefined;
    const findings = family.classify(node.facts).filter(({ severity }) => goal.includes(severity));
    if (findings.length === 0) return node.steps;
    if (node.steps.length < policy.maxSteps) open.push(...successors(family, node, findings, policy, known));
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

function successors(
  family: TargetFamily,
  node: Node,
  findings: readonly ClassifiedFinding[],
  policy: Policy,
  known: Set<string>,
): readonly Node[] {
  return distinctRemedies(findings).flatMap((remedy) => {
    const steps = [...node.steps, remedy];
    const key = steps.map(stepKey).sort().join("\n");
    if (known.has(key)) return [];
    const simulated = simulateStep(family, remedy, node.facts);
    if (simulated === undefined || simulated.unmet.length > 0 || simulated.redundant) return [];
    if (forbidden(policy, simulated.tool) !== undefined) return [];
    known.add(key);
    return [
      {
        facts: simulated.after,
        steps,
        effect: node.effect + effectCost(simulated.tool.effect),
        downtime: node.downtime + simulated.tool.downtimeSeconds,
      },
    ];
  });
}

/** Many findings share a remedy: one move cures every port conflict. */
function distinctRemedies(findings: readonly ClassifiedFinding[]): readonly Remedy[] {
  const byKey = new Map<string, Remedy>();
  // A hundred findings may offer the very same arguments, and those of a hundred ports are long.
  const seen = new Map<string, Remedy["args"]>();
  for (const remedy of findings.flatMap(({ remedies }) => remedies)) {
    if (seen.get(remedy.tool) === remedy.args) continue;
    seen.set(remedy.tool, remedy.args);
    const key = stepKey(remedy);
    if (!byKey.has(key)) byKey.set(key, remedy);
  }
  return [...byKey.values()];
}

function rejectedAlternatives(
  family: TargetFamily,
  facts: Facts,
  steps: readonly StepDraft[],
  policy: Policy,
): Proposal["rejected"] {
  const taken = new Set(steps.map(({ tool }) => tool));
  const rejected = new Map<string, { tool: string; why: string }>();
  for (const remedy of distinctRemedies(family.classify(facts))) {
    if (taken.has(remedy.tool)) continue;
    const simulated = simulateStep(family, remedy, facts);
    if (simulated === undefined) continue;
    rejected.set(stepKey(remedy), { tool: remedy.tool, why: whyNot(family, simulated, steps, policy) });
  }
  return [...rejected.values()];
}

function whyNot(
  family: TargetFamily,
  remedy: SimulatedStep,
  steps: readonly StepDraft[],
  policy: Policy,
): string {
  const denied = forbidden(policy, remedy.tool);
  if (denied !== undefined) return denied;
  const [unmet, ...more] = remedy.unmet;
  if (unmet !== undefined) {
    return `it cannot run as things are: ${unmet.message}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
  }
  const left = family.classify(remedy.after).find(({ severity }) => severity !== "info");
  if (left !== undefined) return `it would not be enough: ${left.summary}`;
  const chosen = steps.map(({ tool }) => tool).join(", then ");
  const seconds = steps.reduce((sum, { tool }) => sum + (toolNamed(family, tool)?.downtimeSeconds ?? 0), 0);
  return remedy.tool.downtimeSeconds > seconds
    ? `it would do too, but DevLake is down for longer: about ${remedy.tool.downtimeSeconds} s, with ${chosen} about ${seconds} s`
    : `it would do too, but it does more than is needed: ${chosen} is enough`;
}
