import { lastRun } from "../../src/apply/past-run.ts";
import { digestBytes } from "../../src/core/text/digest.ts";
import { footprintOf } from "../../src/targets/local/footprint.ts";
import type { Facts } from "../../src/core/fact.ts";
import { decodeJournal, type JournalEntry } from "../../src/core/records/journal-record.ts";
import type { Json } from "../../src/core/text/json.ts";
import type { Plan, Step } from "../../src/core/plan.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { approvalText } from "../../src/ui/format-approval.ts";
import { sampleJournal } from "../core/journal-entries.ts";

/**
 * A journal with a right hash chain that says who approved the first step: all of it can be made of the plan's file.
 * `undo` makes it look as if the step was cut off, and that were what takes it back.
 */
export function forgedEntries(
  plan: Plan,
  facts: Facts,
  planText: string = writePlanFile(plan),
  undo?: Json,
): readonly JournalEntry[] {
  const [step] = plan.steps;
  if (step === undefined) throw new Error("the plan has no steps");
  const planDigest = digestBytes(planText);
  const { target, name } = plan.metadata;
  const at = "2026-11-22T10:15:00.000Z";
  return [
    {
      kind: "run_started",
      planDigest,
      planName: name,
      target,
      executor: { version: "0.1.0", node: "24.15.0" },
      resumed: false,
      before: { facts: digestBytes("facts"), footprint: footprintOf(facts) },
    },
    {
      kind: "approval",
      record: {
        planDigest,
        step: step.id,
        target,
        approver: { osUser: "nobody-who-exists" },
        how: "terminal",
        at,
        shownDigest: digestBytes(approvalText(step, plan, ".")),
      },
    },
    ...(undo === undefined ? [] : [intentOf(step, undo)]),
  ];
}

function intentOf(step: Step, undo: Json): JournalEntry {
  const { id, tool, version, args, preview } = step;
  return {
    kind: "step_intent",
    step: id,
    tool,
    version,
    args,
    attempt: 1,
    previewDigest: digestBytes(preview),
    undo,
  };
}

/** As a file; a program that believed it would find a run to go on with in it. */
export function forgedJournal(entries: readonly JournalEntry[]): Uint8Array {
  const { bytes } = sampleJournal(entries);
  if (lastRun(decodeJournal(bytes).records).kind !== "cut-off") throw new Error("it is no forgery");
  return bytes;
}
