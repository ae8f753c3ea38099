import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { lastRun, type CutOffRun } from "../../src/apply/past-run.ts";
import { runPlan, type RunAccount } from "../../src/apply/run.ts";
import type { RunRequest } from "../../src/apply/run-context.ts";
import { digestBytes } from "../../src/core/text/digest.ts";
import type { RunEvent } from "../../src/core/records/events.ts";
import type { Facts } from "../../src/core/fact.ts";
import { readFact } from "../../src/core/fact.ts";
import { composeProject, engineId, projectVolumes } from "../../src/targets/local/facts/local-facts.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Target } from "../../src/core/target.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import { parsePlanFile, writePlanFile, type ParsedPlan } from "../../src/plan/files/plan-file.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import type { ApprovalDecision, ApprovalRequest } from "../../src/ports/approval.ts";
import { approvalDetails, approvalText } from "../../src/ui/format-approval.ts";
import type { FakeWorld } from "./fake-world.ts";
import { RecordingJournal } from "./recording-journal.ts";
import { localFamily } from "../../src/targets/local/family.ts";

export const approveAll = (): ApprovalDecision => ({ kind: "approved", how: "terminal" });

export interface RunOptions {
  readonly decide?: (request: ApprovalRequest) => ApprovalDecision | Promise<ApprovalDecision>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onFailure?: "restore" | "keep";
  readonly random?: () => number;
  readonly onEvent?: (event: RunEvent) => void;
  /** The journal of a run that was cut off, to go on from. */
  readonly resume?: RecordingJournal;
}

export interface Ran {
  readonly account: RunAccount;
  readonly journal: RecordingJournal;
  readonly events: readonly RunEvent[];
  readonly asked: readonly ApprovalRequest[];
}

/** No plan file can hold it. */
export class RefusedPlan extends Error {}

export function targetOf(facts: Facts): Target {
  const project = readFact(facts, composeProject());
  const id = readFact(facts, engineId());
  return {
    kind: "local",
    directory: ".",
    ...(project !== undefined && { project }),
    identity: {
      ...(id !== undefined && { engineId: id }),
      volumes: [...(readFact(facts, projectVolumes()) ?? [])],
    },
  };
}

/** The offline planner's plan for a world, through its file, as `apply` gets it. */
export async function planFor(world: FakeWorld): Promise<ParsedPlan> {
  const { facts } = await world.eyes().inspect();
  return throughFile(planOf(world, facts, planOffline(localFamily, facts).steps));
}

/** A plan of exactly these steps, as if a person or a model had chosen them. */
export async function planOfSteps(
  world: FakeWorld,
  ...steps: readonly Omit<StepDraft, "why">[]
): Promise<Plan> {
  const { facts } = await world.eyes().inspect();
  return throughFile(
    planOf(
      world,
      facts,
      steps.map((step) => ({ ...step, why: "the test wants it" })),
    ),
  ).plan;
}

function planOf(world: FakeWorld, facts: Facts, steps: readonly StepDraft[] | undefined): Plan {
  return assemblePlan(
    facts,
    { steps, rejected: [] },
    { family: localFamily, target: targetOf(facts), createdAt: world.clock.now(), policy: defaultPolicy },
  );
}

export function throughFile(plan: Plan): ParsedPlan {
  const parsed = parsePlanFile(writePlanFile(plan));
  if (parsed.kind === "refused")
    throw new RefusedPlan(parsed.diagnostics.map(({ message }) => message).join("; "));
  return parsed;
}

/** Runs a plan on a world with everything around it recorded. */
export async function run(world: FakeWorld, plan: Plan, options: RunOptions = {}): Promise<Ran> {
  const journal = new RecordingJournal(world, options.resume?.records);
  const events: RunEvent[] = [];
  const asked: ApprovalRequest[] = [];
  const request = runRequest(world, plan, journal, { ...options, events, asked });
  const account = await runPlan(request);
  return { account, journal, events, asked };
}

export function runRequest(
  world: FakeWorld,
  plan: Plan,
  journal: RecordingJournal,
  options: RunOptions & { readonly events: RunEvent[]; readonly asked: ApprovalRequest[] },
): RunRequest {
  const { decide = approveAll, signal = new AbortController().signal, timeoutMs = 1_800_000 } = options;
  return {
    family: localFamily,
    plan,
    planPath: "plans/test.plan.yaml",
    planDigest: digestBytes(writePlanFile(plan)),
    directory: world.directory,
    eyes: world.eyes(),
    write: world.writePorts(),
    approvals: {
      request: (asked) =>
        world.faults.call("approvals.request", async () => {
          options.asked.push(asked);
          return decide(asked);
        }),
    },
    approver: { osUser: "ann" },
    ...(options.onFailure !== undefined && { onFailure: options.onFailure }),
    describe: (step, uncompared) => ({
      shown: approvalText(step, plan, ".", uncompared),
      details: approvalDetails(step, plan),
    }),
    journal,
    journalPath: ".devlake/repair/test/journal.ndjson",
    backups: backups(world),
    reporter: {
      emit: (event) => {
        options.events.push(event);
        options.onEvent?.(event);
      },
    },
    clock: world.clock,
    random: options.random ?? (() => 0.5),
    signal,
    executor: { version: "0.0.0", node: "24.15.0" },
    timeoutMs,
    resume: options.resume === undefined ? undefined : cutOffRun(options.resume),
  };
}

function cutOffRun({ records }: RecordingJournal): CutOffRun {
  const last = lastRun(records);
  if (last.kind !== "cut-off") throw new Error(`nothing to resume: the last run is ${last.kind}`);
  return last.run;
}

const backupsOf = new WeakMap<FakeWorld, Map<string, string>>();

export function backups(world: FakeWorld): RunRequest["backups"] {
  const copies = backupsOf.get(world) ?? new Map<string, string>();
  backupsOf.set(world, copies);
  return {
    backUp: (path, text) =>
      world.faults.call("backups.backUp", async () => {
        const name = `backup/${copies.size + 1}-${path.replaceAll(/[^\w.-]/g, "_")}`;
        copies.set(name, text);
        return name;
      }),
    readBackUp: (name) =>
      world.faults.call("backups.readBackUp", async () => {
        const text = copies.get(name);
        if (text === undefined) throw new Error(`no backup ${name}`);
        return text;
      }),
  };
}
