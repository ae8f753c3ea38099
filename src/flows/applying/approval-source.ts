import type { CutOffRun } from "../../apply/past-run.ts";
import { needsApproval } from "../../core/effect.ts";
import { RepairError } from "../../core/errors.ts";
import type { Plan, Step } from "../../core/plan.ts";
import type { ApprovalSource } from "../../ports/approval.ts";
import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import type { ApplyOptions } from "./apply-options.ts";
import type { CliServices } from "../services.ts";
import { nameTheSteps } from "../../core/text/own-commands.ts";

type Approve = Pick<ApplyOptions, "approve">;

/** Throws `approval_missing` when a step will need an approval that nobody gives, `usage` for unknown step ids. */
export function refuseUnapproved(
  family: TargetFamily,
  plan: Plan,
  resume: CutOffRun | undefined,
  { approve }: Approve,
  { canAsk }: Pick<CliServices, "canAsk">,
): void {
  const known = new Set(plan.steps.map(({ id }) => id));
  const unknown = approve === undefined || approve === "safe" ? [] : approve.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new RepairError("usage", `--approve names no step of the plan: ${unknown.join(", ")}`, {
      hint: `its steps are ${[...known].join(", ") || "none"}`,
    });
  }
  const needed = stepsToApprove(plan, resume);
  const uncovered = needed.filter(({ id, tool }) => {
    if (approve === undefined) return !canAsk;
    return approve === "safe" ? toolNamed(family, tool)?.coveredBySafe !== true : !approve.includes(id);
  });
  if (uncovered.length === 0) return;
  const ids = uncovered.map(({ id }) => id);
  const unchanged = resume === undefined ? "; nothing was changed" : "";
  throw new RepairError("approval_missing", `nobody has approved ${ids.join(", ")}${unchanged}`, {
    // With those that were named: the command is typed anew as a whole.
    hint: nameTheSteps(needed.map(({ id }) => id)),
  });
}

/** Flags when they are given, else the terminal, where somebody is at one; refused at once when a mutating step has neither. */
export function approvalSource(
  family: TargetFamily,
  plan: Plan,
  resume: CutOffRun | undefined,
  options: Approve,
  services: CliServices,
): ApprovalSource & { readonly close: () => void } {
  refuseUnapproved(family, plan, resume, options, services);
  const prompt = options.approve === undefined ? services.openPrompt() : undefined;
  return prompt ?? { ...services.approvalFromFlags(options.approve ?? []), close: nothingToClose };
}

/**
 * The one question before anything begins, where somebody is at a terminal. A person who does not want to has changed
 * nothing, and the plan can be applied later. Throws `approval_missing`.
 */
export async function confirmRun(
  approvals: ApprovalSource,
  plan: Plan,
  resume: CutOffRun | undefined,
  { signal }: Pick<CliServices, "signal">,
): Promise<void> {
  const decision = await approvals.confirmRun?.({
    steps: plan.steps.length,
    asking: stepsToApprove(plan, resume).length,
    isResumed: resume !== undefined,
  });
  // Ctrl-C is no answer: the run that begins now ends by it, and says so.
  if (decision === undefined || decision.kind === "approved" || signal.aborted) return;
  throw new RepairError("approval_missing", `${decision.reason}; nothing was changed`, {
    hint: "the plan is kept, and can be applied later",
  });
}

/** Mutating steps that are not done yet; an approval in the journal of a run that was cut off still holds. */
function stepsToApprove(plan: Plan, resume: CutOffRun | undefined): readonly Step[] {
  return plan.steps.filter(({ id, effect }) => {
    const past = resume?.steps.get(id);
    return needsApproval(effect) && past?.outcome?.state !== "done" && past?.approval === undefined;
  });
}

function nothingToClose(): void {
  // Flags hold nothing open.
}
