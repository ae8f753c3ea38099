import type { Footprint } from "../footprint.ts";
import type { ChainedRecord, JournalEntry } from "./journal-record.ts";
import type { StepState } from "./result.ts";

type Intent = Extract<JournalEntry, { kind: "step_intent" }>;

/** One try of a step: what was announced, and what came of it when that is known. */
export interface RecordedAttempt {
  readonly intent: Intent;
  readonly at: string;
  readonly outcome: { readonly state: StepState; readonly reason: string; readonly at: string } | undefined;
}

/** What the journal holds of one step of a run. */
export interface RecordedStep {
  readonly id: string;
  /** In order, at least one. */
  readonly attempts: readonly RecordedAttempt[];
  /** When it was last taken back and seen to be, if that was after its last attempt. */
  readonly takenBackAt: string | undefined;
}

/** A run in a journal, from its start to the end of the journal or to the next run. */
export interface RecordedRun {
  readonly planDigest: string;
  /** The deployment's directory; undefined in journals of programs that did not record it. */
  readonly directory: string | undefined;
  /** The deployment before its first step; undefined in journals of programs that did not record it. */
  readonly before: Footprint | undefined;
  /** In the order of their first attempts. */
  readonly steps: readonly RecordedStep[];
  /** When a later run of the plan began that has left something; undefined when there is none. */
  readonly followedAt: string | undefined;
}

/** The run whose end is at or before record `length`; one that went on after being cut off counts as one with it. */
export function recordedRun(records: readonly ChainedRecord[], length: number): RecordedRun | undefined {
  const first = records.slice(0, length).findLastIndex(({ entry }) => isStart(entry));
  const started = records[first]?.entry;
  if (started?.kind !== "run_started") return undefined;
  const next = records.findIndex(({ entry }, index) => index > first && isStart(entry));
  const later = next === -1 ? [] : records.slice(next);
  return {
    planDigest: started.planDigest,
    directory: started.directory,
    before: started.before?.footprint,
    steps: recordedSteps(records.slice(first, next === -1 ? undefined : next)),
    followedAt: recordedSteps(later).some(needsUndo) ? later[0]?.at : undefined,
  };
}

function recordedSteps(records: readonly ChainedRecord[]): readonly RecordedStep[] {
  const ids = new Set(records.flatMap(({ entry }) => (entry.kind === "step_intent" ? [entry.step] : [])));
  return [...ids].map((id) => recordedStep(id, records));
}

/** It may have changed something that can be put back, and has not been taken back since. */
export function needsUndo({ attempts, takenBackAt }: RecordedStep): boolean {
  return takenBackAt === undefined && attempts.some(({ intent }) => intent.undo !== null);
}

function isStart(entry: JournalEntry): boolean {
  return entry.kind === "run_started" && !entry.resumed;
}

function recordedStep(id: string, records: readonly ChainedRecord[]): RecordedStep {
  const attempts: RecordedAttempt[] = [];
  let takenBackAt: string | undefined;
  for (const { entry, at } of records) {
    if (!("step" in entry) || entry.step !== id) continue;
    if (entry.kind === "step_intent") {
      attempts.push({ intent: entry, at, outcome: undefined });
      takenBackAt = undefined;
    } else if (entry.kind === "step_outcome") {
      const last = attempts.pop();
      const { state, reason } = entry;
      if (last !== undefined) attempts.push({ ...last, outcome: { state, reason, at } });
    } else if (entry.kind === "undo_intent") {
      takenBackAt = undefined;
    } else if (entry.kind === "undo_outcome" && entry.outcome === "restored") {
      takenBackAt = at;
    }
  }
  return { id, attempts, takenBackAt };
}
