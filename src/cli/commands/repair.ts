import { defineCommand } from "citty";
import { deploymentOf } from "../../flows/run-place.ts";
import type { Plan } from "../../core/plan.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { escapeJson } from "../../ui/text/escape.ts";
import { formatPlan } from "../../ui/format-plan.ts";
import { lookUpIn } from "../../ui/text/format-fact.ts";
import { approvalsIn, timeoutIn } from "../apply-flags.ts";
import type { ApplyOptions } from "../../flows/applying/apply-options.ts";
import type { LoadedPlan } from "../../flows/planning/load-plan.ts";
import { exitCodeOfPlan, exitCodeOfRun, type ExitCode } from "../exit-code.ts";
import { loadPolicyToRepair } from "../../flows/policy/load-policy.ts";
import { inspectTarget, loadFacts, planRepair, type PlanSource } from "../../flows/planning/make-plan.ts";
import { type PlannerWish } from "../../flows/planning/planned-repair.ts";
import { plannerWish } from "../planner-wish.ts";
import { checkRepairFlags, repairArgs, type RepairFlags } from "../repair-flags.ts";
import { tellOldRunState } from "../../flows/run-place.ts";
import { keepReviewedValues } from "../../flows/reviewed-values.ts";
import { savePlan } from "../../flows/planning/save-plan.ts";
import type { CliServices, OpenTarget } from "../../flows/services.ts";
import { watchAddresses } from "../../flows/applying/watch-addresses.ts";
import type { Reporter } from "../../ports/reporter.ts";

/** `gh devlake repair`: all stages in one sitting, or one of them. */
export function repairCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "repair",
      version: services.version,
      description:
        "Find out why a DevLake deployment is down, plan the repair, and apply it with your approval",
    },
    args: repairArgs,
    subCommands: {
      inspect: () => import("./inspect.ts").then(({ inspectCommand }) => inspectCommand(services)),
      lint: () => import("./lint.ts").then(({ lintCommand }) => lintCommand(services)),
      show: () => import("./show.ts").then(({ showCommand }) => showCommand(services)),
      verify: () => import("./verify.ts").then(({ verifyCommand }) => verifyCommand(services)),
      undo: () => import("./undo.ts").then(({ undoCommand }) => undoCommand(services)),
      tools: () => import("./tools.ts").then(({ toolsCommand }) => toolsCommand(services)),
    },
    run: async ({ args: given }): Promise<ExitCode> => {
      checkRepairFlags(given);
      const { reporter, close } = services.openReporter(given.json === true);
      try {
        const policy = await loadPolicyToRepair(given.dir, given.policy, services);
        if (policy.notice !== undefined) reporter.emit({ type: "note", text: policy.notice });
        const setting = { given, reporter, services, policy };
        if (given.apply !== undefined) return await apply(given.apply, setting);
        const planning = { ...setting, wish: plannerWish(given, policy, services.env) };
        return given.planOnly === true ? await planOnly(planning) : await allStages(planning);
      } finally {
        close();
      }
    },
  });
}

/** What every stage needs. */
interface Setting {
  readonly given: RepairFlags;
  readonly policy: Policy;
  readonly reporter: Reporter;
  readonly services: CliServices;
}

interface Planning extends Setting {
  readonly wish: PlannerWish;
}

async function planOnly(setting: Planning): Promise<ExitCode> {
  const { given, policy, reporter, services } = setting;
  if (given.facts !== undefined) {
    return (await planAndPrint(await loadFacts(given.facts, services), setting)).exitCode;
  }
  const target = await services.openTarget(given.dir, policy);
  try {
    await tellOldRunState(target, reporter, services);
    const source = await inspectTarget(target, given.dir, reporter, services);
    return (await planAndPrint(source, setting)).exitCode;
  } finally {
    target.close();
  }
}

/** Prints the plan even when its file cannot be written: what was found must not be lost. */
async function planAndPrint(
  source: PlanSource,
  { given, policy, wish, reporter, services }: Planning,
  next: { readonly runs: boolean; readonly asks: boolean } = { runs: false, asks: false },
) {
  const { plan, transcript } = await planRepair(source, policy, wish, reporter, services);
  for (const finding of plan.findings) reporter.emit({ type: "finding", finding });
  const lookup = lookUpIn(source.facts);
  const exitCode = exitCodeOfPlan(plan.outcome, { detailed: given.detailedExitcode === true });
  const isKept = plan.outcome !== "healthy" || given.output !== undefined;
  const asJson = given.json === true;
  // Saved facts name the directory as it was on their machine.
  const directory = given.dir === "." ? undefined : given.dir;
  const print = (text: string): void => {
    // With --json the one value is the result, when the plan is run at once.
    if (!(asJson && next.runs && plan.outcome === "repair")) services.print(`${text}\n`);
  };
  try {
    const options = { output: given.output, force: given.force === true };
    const saved = isKept ? await savePlan(plan, options, services) : undefined;
    if (saved !== undefined) await keepReviewedValues(saved, source, reporter, services);
    const shown = saved?.plan ?? plan;
    if (given.saveTranscript === true) await keepTranscript(transcript, shown, { reporter, services });
    print(
      asJson
        ? jsonText({ path: saved?.path ?? null, digest: saved?.digest ?? null, plan: shown })
        : formatPlan(shown, services.style, { lookup, path: saved?.path, directory, askedNext: next.asks }),
    );
    return { exitCode, saved };
  } catch (thrown) {
    if (!asJson) services.print(`${formatPlan(plan, services.style, { lookup })}\n`);
    throw thrown;
  }
}

async function keepTranscript(
  transcript: string | undefined,
  { metadata: { name, target } }: Plan,
  { reporter, services }: Pick<Setting, "reporter" | "services">,
): Promise<void> {
  const text =
    transcript === undefined
      ? "no model was asked, so there is no transcript"
      : `transcript kept in ${await services.saveTranscript(deploymentOf(target, services), name, transcript)}`;
  reporter.emit({ type: "note", text });
}

async function apply(path: string, setting: Setting): Promise<ExitCode> {
  const { given, policy, reporter, services } = setting;
  const { loadPlan } = await import("../../flows/planning/load-plan.ts");
  const loaded = await loadPlan(path, services, given.dir);
  if (loaded.plan.outcome !== "repair") {
    services.print(`${formatPlan(loaded.plan, services.style)}\n`);
    return exitCodeOfPlan(loaded.plan.outcome);
  }
  const target = await services.openTarget(given.dir, policy);
  try {
    await tellOldRunState(target, reporter, services);
    return await applyAndPrint(loaded, target, setting);
  } finally {
    target.close();
  }
}

async function allStages(setting: Planning): Promise<ExitCode> {
  const { given, policy, reporter, services } = setting;
  const target = await services.openTarget(given.dir, policy);
  try {
    await tellOldRunState(target, reporter, services);
    const source = await inspectTarget(target, given.dir, reporter, services);
    const asks = services.canAsk && given.approve === undefined && given.noInput !== true;
    const { saved, exitCode } = await planAndPrint(source, setting, { runs: true, asks });
    if (saved === undefined || saved.plan.outcome !== "repair") return exitCode;
    const { loadPlan } = await import("../../flows/planning/load-plan.ts");
    return await applyAndPrint(await loadPlan(saved.path, services), target, setting);
  } finally {
    target.close();
  }
}

async function applyAndPrint(loaded: LoadedPlan, target: OpenTarget, setting: Setting): Promise<ExitCode> {
  const { given, reporter, services } = setting;
  const { applyPlan } = await import("../../flows/applying/apply-plan.ts");
  const { watched, movedTo } = watchAddresses(target);
  const { result, resultPath } = await applyPlan(loaded, watched, reporter, applyOptions(setting), services);
  const { formatResult } = await import("../../ui/format-result.ts");
  const shown = { resultPath, directory: given.dir, addresses: movedTo(result) };
  services.print(
    given.json === true
      ? `${jsonText({ resultPath, result })}\n`
      : `${formatResult(result, services.style, shown)}\n`,
  );
  return exitCodeOfRun(result.outcome);
}

function jsonText(value: unknown): string {
  return escapeJson(JSON.stringify(value, undefined, 2));
}

function applyOptions({ given, policy }: Setting): ApplyOptions {
  return {
    approve: approvalsIn(given),
    resume: given.resume === true,
    directory: given.dir,
    key: given.key,
    timeoutMs: timeoutIn(given, policy),
    policy: { ...policy, onFailure: given.onFailure ?? policy.onFailure },
  };
}
