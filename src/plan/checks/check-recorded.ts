import { factsOfBundle } from "../../core/facts-bundle.ts";
import { shownValue } from "../../core/expectations.ts";
import type { Facts } from "../../core/fact.ts";
import type { Plan } from "../../core/plan.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { targetMoves, proveSteps, staleFacts } from "./check-plan.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import type { ParsedPlan } from "../files/plan-file.ts";
import { untruths, type Untruth } from "./untruths.ts";

/**
 * A structurally sound plan judged by the facts that stand in it: as on a deployment, steps must be able to run
 * where they stand and reach the goal, and what the plan says of all this must be what the facts show. Whoever
 * edits the facts as well deceives nobody who applies the plan: a run reads them anew.
 */
export function checkRecorded(family: TargetFamily, parsed: ParsedPlan): readonly Diagnostic[] {
  const { plan, positionOf } = parsed;
  const at = (code: Diagnostic["code"], path: Untruth[0], message: string, help?: string): Diagnostic => ({
    code,
    message,
    help,
    position: positionOf(path),
    path: path.join("."),
  });
  if (plan.facts === undefined) {
    return [at("P0412", ["outcome"], "the plan records no facts, so nothing of it can be proven here")];
  }
  const { facts, problems } = factsOfBundle({ facts: plan.facts }, family.factKinds);
  if (problems.length > 0)
    return problems.map(({ fact, message }) => at("P0305", ["facts", fact], `${fact}: ${message}`));
  const stale = staleFacts(family, plan, facts).map(({ step, fact, was, is }) => {
    const index = plan.steps.findIndex(({ id }) => id === step);
    const message = `step ${step} expects ${fact} to be ${shownValue(was)}; by the recorded facts it is then ${shownValue(is)}`;
    return at("P0410", ["steps", index, "expects", fact], message);
  });
  // What a step meets instead is most often why it cannot run there.
  const unproven = [...proveSteps(family, parsed, facts), ...stale];
  return unproven.length > 0
    ? unproven
    : [...otherTarget(family, plan, facts), ...untruths(family, plan, facts, "the recorded facts")].map(
        ([path, message]) => at("P0411", path, message),
      );
}

function otherTarget(family: TargetFamily, plan: Plan, facts: Facts): readonly Untruth[] {
  return targetMoves(family, plan, facts).map(({ fact, was, is }) => [
    ["metadata", "target"],
    `by the recorded facts, ${fact} is ${JSON.stringify(is)}, not ${JSON.stringify(was)}`,
  ]);
}
