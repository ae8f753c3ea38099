import type { UndoAccount } from "../../src/core/records/undo-account.ts";
import { moveStep, repairedResult, upStep } from "./sample-plans.ts";

const digest = repairedResult.plan.digest;

/** An undo of the run of `repairedResult`: the files are back, the containers still run on the new ports. */
export const restoredAccount: UndoAccount = {
  apiVersion: "devlake-repair.undo/v1",
  result: { path: "plans/port.plan.result.json", digest },
  plan: { name: repairedResult.plan.name, digest },
  target: repairedResult.target,
  executor: repairedResult.executor,
  startedAt: "2026-11-22T11:00:00Z",
  endedAt: "2026-11-22T11:00:01Z",
  outcome: "restored",
  interrupted: false,
  reason: "step s1 is taken back, and was read back",
  steps: [
    {
      id: "s2",
      tool: upStep.tool,
      version: 1,
      state: "skipped",
      reason: "it has nothing to take back",
      files: [],
    },
    {
      id: "s1",
      tool: moveStep.tool,
      version: 1,
      state: "restored",
      reason: "docker-compose.yml is as it was, byte for byte",
      files: [{ path: "docker-compose.yml", original: digest, left: digest, found: digest, now: digest }],
      approval: {
        planDigest: digest,
        step: "s1",
        target: repairedResult.target,
        approver: { osUser: "ann", gh: { host: "github.com", login: "ann" } },
        how: "terminal",
        at: "2026-11-22T11:00:00Z",
        shownDigest: digest,
        action: "undo",
      },
    },
  ],
  stillRunning: [{ service: "devlake", on: [8085], files: [8080] }],
  journal: repairedResult.journal,
  signer: repairedResult.signer,
};
