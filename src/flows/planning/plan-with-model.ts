import { RepairError } from "../../core/errors.ts";
import { createRedactor, isSecretName, type Redact } from "../../core/masking/redact.ts";
import type { Model } from "../../ports/model.ts";
import type { Reporter } from "../../ports/reporter.ts";
import { assemblePlan } from "../../plan/assemble.ts";
import { choosePlan } from "../../plan/judging/choose-plan.ts";
import type { JudgementGround } from "../../plan/judging/judgement-ground.ts";
import { askModel, type ModelPlanning } from "../../plan/planners/copilot.ts";
import type { PlannedRepair, PlannerWish } from "./planned-repair.ts";
import type { CliServices } from "../services.ts";
import { BY_RULES_ALONE } from "../../core/text/own-commands.ts";

/**
 * The plan of the rules and of a model, whichever the compiler and the costs leave standing. Without a
 * model: the rules' plan for `auto`, saying why; `usage` for `copilot`. Throws `interrupted`.
 */
export async function planWithModel(
  ground: JudgementGround,
  { planner, modelTimeoutMs }: PlannerWish,
  reporter: Reporter,
  services: CliServices,
): Promise<PlannedRepair> {
  const { facts, offline, origin } = ground;
  const found = await services.findModel(origin.policy.model, planner === "copilot" ? "copilot" : "auto");
  throwIfInterrupted(services);
  if (found.kind === "absent") {
    if (planner === "copilot") {
      throw new RepairError("usage", `--planner copilot: no model can be asked: ${found.reason}`, {
        hint: `${found.hint}; ${BY_RULES_ALONE}`,
      });
    }
    reporter.emit({ type: "note", text: `planned by rules alone: ${found.reason} (${found.hint})` });
    return { plan: assemblePlan(facts, offline, origin), transcript: undefined };
  }
  const redact = modelRedactor(services, origin.policy.secretVariables);
  const planning = await ask(found.model, ground, { redact, timeoutMs: modelTimeoutMs }, reporter, services);
  const chosen = choosePlan(origin.family, offline, planning, origin.policy);
  return {
    plan: assemblePlan(facts, chosen.decision, { ...origin, planner: chosen.planner }),
    transcript: transcriptOf(planning, redact),
  };
}

async function ask(
  model: Model,
  ground: JudgementGround,
  options: { readonly redact: Redact; readonly timeoutMs: number },
  reporter: Reporter,
  services: CliServices,
): Promise<ModelPlanning> {
  const begin = services.clock.monotonicMs();
  const text = `asking ${model.name} (${model.provider})`;
  reporter.emit({ type: "stage_started", stage: "plan", text });
  const planning = await askModel(model, ground, { ...options, signal: services.signal });
  throwIfInterrupted(services);
  const { turns } = planning.account;
  const said =
    planning.decision === undefined
      ? `no decision of ${model.name} was accepted, the plan is that of the rules`
      : `${model.name} decided in ${turns} ${turns === 1 ? "turn" : "turns"}`;
  const ms = services.clock.monotonicMs() - begin;
  reporter.emit({ type: "stage_done", stage: "plan", text: said, ms });
  return planning;
}

function throwIfInterrupted({ signal }: CliServices): void {
  if (signal.aborted) throw new RepairError("interrupted", "interrupted; nothing was changed");
}

/** Facts are redacted when they are collected; this masks the keys and tokens of this process too. */
function modelRedactor({ env }: CliServices, secretVariables: readonly string[]): Redact {
  return createRedactor(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (isSecretName(name) || secretVariables.includes(name)) ? [value] : [],
    ),
  );
}

function transcriptOf({ account, model }: ModelPlanning, redact: Redact): string {
  const messages = account.messages.map(({ role, text }) => ({ role, text: redact(text) }));
  const { end, problem } = account;
  return `${JSON.stringify({ model: model.name, provider: model.provider, end, problem, messages }, undefined, 2)}\n`;
}
