import { defineCommand } from "citty";
import { RepairError } from "../../core/errors.ts";
import type { Plan } from "../../core/plan.ts";
import type { Policy } from "../../core/policy.ts";
import { formatPlan } from "../../ui/format-plan.ts";
import { lookUpIn } from "../../ui/format-fact.ts";
import { approvalsIn, failureModes, timeoutIn } from "../apply-flags.ts";
import type { ApplyOptions, LoadedPlan } from "../apply-plan.ts";
import { exitCodeOfPlan, exitCodeOfRun, type ExitCode } from "../exit-code.ts";
import { loadPolicyToRepair } from "../load-policy.ts";
import { inspectTarget, loadFacts, planRepair, type PlannerWish, type PlanSource } from "../make-plan.ts";
import { plannerArgs, plannerFlagIn, plannerWish, type PlannerFlags } from "../planner-wish.ts";
import { savePlan } from "../save-plan.ts";
import type { CliServices, OpenTarget } from "../services.ts";
import type { Reporter } from "../../ports/reporter.ts";

const args = {
  planOnly: { type: "boolean", description: "inspect and write a plan file; change nothing" },
  apply: {
    type: "string",
    valueHint: "FILE",
    description: "apply a plan file, asking before each mutating step",
  },
  approve: {
    type: "string",
    valueHint: "IDS|safe",
    description:
      "with --apply: approve these steps (s1,s2), or all that can be taken back (safe), without asking",
  },
  resume: {
    type: "boolean",
    description: "with --apply: finish or restore a run of the plan that was cut off, and sign what it did",
  },
  facts: {
    type: "string",
    valueHint: "FILE",
    description: "with --plan-only: plan from a facts bundle instead of a live target",
  },
  output: {
    type: "string",
    alias: "o",
    valueHint: "FILE",
    description: "where the plan goes (default: plans/DATE-CAUSE.plan.yaml)",
  },
  force: { type: "boolean", description: "with -o: overwrite the file" },
  dir: { type: "string", valueHint: "DIRECTORY", default: ".", description: "the deployment's directory" },
  key: {
    type: "string",
    valueHint: "FILE",
    description: "Ed25519 private key that signs the result (default: your own, made on first use)",
  },
  onFailure: {
    type: "enum",
    options: failureModes,
    valueHint: "restore|keep",
    description:
      "what to do when a step fails: take back what was changed, or keep it (default: the policy's, else restore)",
  },
  timeout: {
    type: "string",
    valueHint: "SECONDS",
    description: "time for a whole run (default: the policy's, else 900)",
  },
  policy: {
    type: "string",
    valueHint: "FILE",
    description: "a policy file that beats the directory's .devlake-repair.yaml and your own",
  },
  ...plannerArgs,
  json: { type: "boolean", description: "print the plan or the result as JSON" },
  detailedExitcode: { type: "boolean", description: "with --plan-only: exit 2 when the plan has steps" },
  noInput: { type: "boolean", description: "never ask, even in a terminal" },
  verbose: { type: "boolean", description: "print stack traces" },
} as const;

/** `gh devlake repair`: all stages in one sitting, or one of them. */
export function repairCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "repair",
      version: services.version,
      description:
        "Find out why a DevLake deployment is down, plan the repair, and apply it with your approval",
    },
    args,
    subCommands: {
      inspect: () => import("./inspect.ts").then(({ inspectCommand }) => inspectCommand(services)),
      lint: () => import("./lint.ts").then(({ lintCommand }) => lintCommand(services)),
      show: () => import("./show.ts").then(({ showCommand }) => showCommand(services)),
      verify: () => import("./verify.ts").then(({ verifyCommand }) => verifyCommand(services)),
      undo: () => import("./undo.ts").then(({ undoCommand }) => undoCommand(services)),
      tools: () => import("./tools.ts").then(({ toolsCommand }) => toolsCommand(services)),
    },
    run: async ({ args: given }): Promise<ExitCode> => {
      checkCombination(given);
      const { reporter, close } = services.openReporter(given.json === true);
      try {
        const policy = await loadPolicyToRepair(given.dir, given.policy, services);
        const wish = plannerWish(given, policy, services.env);
        const setting = { given, reporter, services, policy, wish };
        if (given.planOnly === true) return await planOnly(setting);
        if (given.apply !== undefined) return await apply(given.apply, setting);
        return await allStages(setting);
      } finally {
        close();
      }
    },
  });
}

interface Given extends PlannerFlags {
  readonly planOnly?: boolean | undefined;
  readonly apply?: string | undefined;
  readonly approve?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly facts?: string | undefined;
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
  readonly dir: string;
  readonly key?: string | undefined;
  readonly onFailure?: "restore" | "keep" | undefined;
  readonly timeout?: string | undefined;
  readonly policy?: string | undefined;
  readonly json?: boolean | undefined;
  readonly detailedExitcode?: boolean | undefined;
  readonly noInput?: boolean | undefined;
}

function checkCombination(given: Given): void {
  if (given.planOnly === true && given.apply !== undefined) throw conflict("--plan-only", "--apply");
  if (given.planOnly === true && given.approve !== undefined) throw conflict("--plan-only", "--approve");
  if (given.facts !== undefined && given.planOnly !== true) {
    throw new RepairError(
      "usage",
      "--facts needs --plan-only: saved facts can be planned from, not repaired",
      {
        hint: "gh devlake repair --plan-only --facts FILE",
      },
    );
  }
  if (given.apply !== undefined && given.output !== undefined) throw conflict("--apply", "-o");
  if (given.resume === true && given.apply === undefined) {
    throw new RepairError("usage", "--resume needs --apply FILE: the plan whose run was cut off", {
      hint: "gh devlake repair --apply FILE --resume",
    });
  }
  const planning = plannerFlagIn(given);
  if (given.apply !== undefined && planning !== undefined) throw conflict("--apply", planning);
}

function conflict(a: string, b: string): RepairError {
  return new RepairError("usage", `${a} does not go with ${b}`, {
    hint: "gh devlake repair --help shows what goes together",
  });
}

/** What every stage needs. */
interface Setting {
  readonly given: Given;
  readonly policy: Policy;
  readonly wish: PlannerWish;
  readonly reporter: Reporter;
  readonly services: CliServices;
}

async function planOnly(setting: Setting): Promise<ExitCode> {
  const { given, policy, reporter, services } = setting;
  if (given.facts !== undefined) {
    return (await planAndPrint(await loadFacts(given.facts, services), setting)).exitCode;
  }
  const target = await services.openTarget(given.dir, policy);
  try {
    const source = await inspectTarget(target, given.dir, reporter, services);
    return (await planAndPrint(source, setting)).exitCode;
  } finally {
    target.close();
  }
}

/** Prints the plan even when its file cannot be written: what was found must not be lost. */
async function planAndPrint(
  source: PlanSource,
  { given, policy, wish, reporter, services }: Setting,
  next: { readonly runs: boolean; readonly asks: boolean } = { runs: false, asks: false },
) {
  const { plan, transcript } = await planRepair(source, policy, wish, reporter, services);
  const lookup = lookUpIn(source.facts);
  const exitCode = exitCodeOfPlan(plan.outcome, { detailed: given.detailedExitcode === true });
  const isKept = plan.outcome !== "healthy" || given.output !== undefined;
  const asJson = given.json === true;
  const print = (text: string): void => {
    // With --json the one value is the result, when the plan is run at once.
    if (!(asJson && next.runs && plan.outcome === "repair")) services.print(`${text}\n`);
  };
  try {
    const options = { output: given.output, force: given.force === true };
    const saved = isKept ? await savePlan(plan, options, services) : undefined;
    const shown = saved?.plan ?? plan;
    if (given.saveTranscript === true) await keepTranscript(transcript, shown, { given, reporter, services });
    print(
      asJson
        ? JSON.stringify(
            { path: saved?.path ?? null, digest: saved?.digest ?? null, plan: shown },
            undefined,
            2,
          )
        : formatPlan(shown, services.style, { lookup, path: saved?.path, askedNext: next.asks }),
    );
    return { exitCode, saved };
  } catch (thrown) {
    if (!asJson) services.print(`${formatPlan(plan, services.style, { lookup })}\n`);
    throw thrown;
  }
}

async function keepTranscript(
  transcript: string | undefined,
  { metadata: { name } }: Plan,
  { given, reporter, services }: Pick<Setting, "given" | "reporter" | "services">,
): Promise<void> {
  const text =
    transcript === undefined
      ? "no model was asked, so there is no transcript"
      : `transcript kept in ${await services.saveTranscript(given.dir, name, transcript)}`;
  reporter.emit({ type: "note", text });
}

async function apply(path: string, setting: Setting): Promise<ExitCode> {
  const { given, policy, services } = setting;
  const { loadPlan } = await import("../apply-plan.ts");
  const loaded = await loadPlan(path, services);
  if (loaded.plan.outcome !== "repair") {
    services.print(`${formatPlan(loaded.plan, services.style)}\n`);
    return exitCodeOfPlan(loaded.plan.outcome);
  }
  const target = await services.openTarget(given.dir, policy);
  try {
    return await applyAndPrint(loaded, target, setting);
  } finally {
    target.close();
  }
}

async function allStages(setting: Setting): Promise<ExitCode> {
  const { given, policy, reporter, services } = setting;
  const target = await services.openTarget(given.dir, policy);
  try {
    const source = await inspectTarget(target, given.dir, reporter, services);
    const asks = services.canAsk && given.approve === undefined && given.noInput !== true;
    const { saved, exitCode } = await planAndPrint(source, setting, { runs: true, asks });
    if (saved === undefined || saved.plan.outcome !== "repair") return exitCode;
    const { loadPlan } = await import("../apply-plan.ts");
    return await applyAndPrint(await loadPlan(saved.path, services), target, setting);
  } finally {
    target.close();
  }
}

async function applyAndPrint(loaded: LoadedPlan, target: OpenTarget, setting: Setting): Promise<ExitCode> {
  const { given, reporter, services } = setting;
  const { applyPlan } = await import("../apply-plan.ts");
  const { result, resultPath } = await applyPlan(loaded, target, reporter, applyOptions(setting), services);
  const { formatResult } = await import("../../ui/format-result.ts");
  services.print(
    given.json === true
      ? `${JSON.stringify({ resultPath, result }, undefined, 2)}\n`
      : `${formatResult(result, services.style, { resultPath })}\n`,
  );
  return exitCodeOfRun(result.outcome);
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
