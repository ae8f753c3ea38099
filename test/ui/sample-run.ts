import type { RunEvent } from "../../src/core/records/events.ts";
import { jenkins, moveStep, repairedResult, upStep } from "./sample-plans.ts";

/** A run with one event of every type. */
export const sampleRun: readonly RunEvent[] = [
  { type: "stage_started", stage: "inspect", text: "inspecting the deployment in ." },
  { type: "stage_done", stage: "inspect", text: "48 facts of project devlake", ms: 1240 },
  { type: "finding", finding: jenkins },
  { type: "note", text: "the plan was made offline" },
  { type: "step_started", step: moveStep, index: 0, of: 2 },
  { type: "step_ended", step: "s1", tool: moveStep.tool, state: "done", reason: "3 ports moved", ms: 40 },
  { type: "step_started", step: upStep, index: 1, of: 2 },
  { type: "step_waiting", step: "s2", text: "Container devlake-mysql-1 Started" },
  { type: "step_retrying", step: "s2", attempt: 2, reason: "network devlake_default not found" },
  { type: "step_ended", step: "s2", tool: upStep.tool, state: "done", reason: "", ms: 21_000 },
  { type: "health", reports: repairedResult.health, healthy: true, text: "healthy for 10 s" },
  { type: "run_ended", outcome: "repaired", reason: "", resultPath: "plans/port.result.json" },
];

/** An undo with one event of every type that only an undo has. */
export const sampleUndo: readonly RunEvent[] = [
  { type: "stage_started", stage: "undo", text: "taking back plans/port.result.json" },
  { type: "undo_started", step: "s1", tool: moveStep.tool, index: 0, of: 1 },
  {
    type: "undo_ended",
    step: "s1",
    tool: moveStep.tool,
    state: "restored",
    reason: "docker-compose.yml is as it was",
    ms: 12,
  },
  { type: "stage_done", stage: "undo", text: "1 step taken back", ms: 20 },
  {
    type: "undo_done",
    outcome: "restored",
    reason: "step s1 is taken back",
    accountPath: "plans/port.result.undo.json",
  },
];
