import type { Footprint } from "../core/footprint.ts";
import type {
  ChainedRecord,
  EndedAccount,
  JournalAnchor,
  JournalEntry,
} from "../core/records/journal-record.ts";
import type { Json } from "../core/text/json.ts";
import type { ApprovalRecord, EarlierRun, RunOutcome, StepState } from "../core/records/result.ts";

/** What the journal tells of one step of a run that was cut off. */
export interface PastStep {
  readonly approval?: ApprovalRecord | undefined;
  /** Attempts whose intent was recorded. */
  readonly attempts: number;
  /** How the last attempt ended; undefined while it has not: whether it acted is unknown then. */
  readonly outcome?:
    | { readonly state: StepState; readonly reason: string; readonly transient: boolean }
    | undefined;
  /** What undo needs, unless there is none or it has been put back. */
  readonly undo?: Json | undefined;
  /** How it was last taken back, or undefined when it was not, or the end of that is not known. */
  readonly undone?: { readonly restored: boolean; readonly reason: string } | undefined;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** The `earlierRuns` number of its last record. */
  readonly run: number;
}

/** A run whose end is not in the journal: it was killed, or its last record could not be written. */
export interface CutOffRun {
  readonly planDigest: string;
  /** The deployment's directory; undefined in journals of programs that did not record it. */
  readonly directory: string | undefined;
  readonly startedAt: string;
  /** The deployment before its first step; undefined in journals of programs that did not record it. */
  readonly before: { readonly facts: string; readonly footprint: Footprint } | undefined;
  readonly steps: ReadonlyMap<string, PastStep>;
  /** It had failed and begun to take back steps that were done. */
  readonly isRestoring: boolean;
  readonly earlierRuns: readonly EarlierRun[];
}

export type LastRun =
  | { readonly kind: "none" }
  | { readonly kind: "cut-off"; readonly run: CutOffRun }
  | {
      readonly kind: "ended";
      readonly planDigest: string;
      readonly outcome: RunOutcome;
      readonly account: EndedAccount | undefined;
      readonly anchor: JournalAnchor;
    };

type Started = Extract<JournalEntry, { kind: "run_started" }>;

/** What became of the last run in a journal; one that went on after being cut off counts as one with it. */
export function lastRun(records: readonly ChainedRecord[]): LastRun {
  const first = records.findLastIndex(({ entry }) => entry.kind === "run_started" && !entry.resumed);
  const started = records[first]?.entry;
  if (started?.kind !== "run_started") return { kind: "none" };
  const own = records.slice(first);
  for (const { entry, seq, hash } of own) {
    if (entry.kind !== "run_ended") continue;
    const { outcome, account } = entry;
    const anchor = { length: seq, head: hash };
    return { kind: "ended", planDigest: started.planDigest, outcome, account, anchor };
  }
  return { kind: "cut-off", run: cutOffRun(started, own) };
}

/** The ends of runs of a plan that repaired, the first one first: such a plan is spent. */
export function repairedEnds(
  records: readonly ChainedRecord[],
  planDigest: string,
): readonly JournalAnchor[] {
  let current: string | undefined;
  return records.flatMap(({ entry, seq, hash }) => {
    if (entry.kind === "run_started") current = entry.planDigest;
    const isEnd = entry.kind === "run_ended" && entry.outcome === "repaired" && current === planDigest;
    return isEnd ? [{ length: seq, head: hash }] : [];
  });
}

function cutOffRun(started: Started, records: readonly ChainedRecord[]): CutOffRun {
  const steps = new Map<string, PastStep>();
  const earlierRuns: EarlierRun[] = [];
  let isRestoring = false;
  for (const { entry, at, seq } of records) {
    if (entry.kind === "run_started") {
      const { executor } = entry;
      const number = earlierRuns.length + 1;
      earlierRuns.push({
        number,
        startedAt: at,
        lastRecordAt: at,
        records: { first: seq, last: seq },
        executor,
      });
      continue;
    }
    const run = earlierRuns.pop();
    if (run === undefined) continue;
    earlierRuns.push({ ...run, lastRecordAt: at, records: { ...run.records, last: seq } });
    const id = entry.kind === "approval" ? entry.record.step : "step" in entry ? entry.step : undefined;
    if (id === undefined) continue;
    const before = steps.get(id) ?? { attempts: 0, run: run.number };
    if (entry.kind === "undo_intent" && before.outcome?.state === "done") isRestoring = true;
    steps.set(id, { ...after(before, entry, at), run: run.number });
  }
  const startedAt = earlierRuns[0]?.startedAt ?? "";
  return {
    planDigest: started.planDigest,
    directory: started.directory,
    startedAt,
    before: started.before,
    steps,
    isRestoring,
    earlierRuns,
  };
}

function after(step: PastStep, entry: JournalEntry, at: string): PastStep {
  if (entry.kind === "approval") {
    return entry.record.action === "undo" ? step : { ...step, approval: entry.record };
  }
  if (entry.kind === "step_intent") {
    return {
      ...step,
      attempts: entry.attempt,
      outcome: undefined,
      undone: undefined,
      // The first one knows what was there before the step; a later attempt may have found half of it changed.
      undo: step.undo ?? entry.undo ?? undefined,
      startedAt: step.startedAt ?? at,
    };
  }
  if (entry.kind === "step_outcome") {
    const { state, reason, transient = false } = entry;
    return { ...step, outcome: { state, reason, transient }, endedAt: at };
  }
  if (entry.kind === "undo_intent") return { ...step, undone: undefined };
  if (entry.kind !== "undo_outcome") return step;
  const restored = entry.outcome === "restored";
  const undone = { restored, reason: entry.reason };
  return { ...step, undone, undo: restored ? undefined : step.undo };
}
