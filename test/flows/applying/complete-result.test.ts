import { expect, test } from "vitest";
import { completeResult } from "../../../src/flows/applying/complete-result.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import { digestBytes } from "../../../src/core/text/digest.ts";
import { RepairError } from "../../../src/core/errors.ts";
import { ResultSchema } from "../../../src/core/records/result.ts";
import { writePlanFile } from "../../../src/plan/files/plan-file.ts";
import * as worlds from "../../fakes/broken-worlds.ts";
import { planFor, run } from "../../fakes/fake-run.ts";
import { answers } from "../../fakes/faults.ts";
import { repairedResult } from "../../ui/sample-plans.ts";

const policy = { files: [{ path: ".devlake-repair.yaml", digest: digestBytes("a policy") }] };
const place = { deployment: { engineId: "engine-1", project: "devlake" }, planName: "x" };

async function ranWithRetry() {
  const world = worlds.portConflictWorld();
  const { plan } = await planFor(world);
  const transient = { kind: "failed", exitCode: 1, stderr: "net/http: TLS handshake timeout\n" };
  world.faults.add(answers("compose.recreate", transient, "none"));
  const ran = await run(world, plan);
  expect(ran.account.outcome).toBe("repaired");
  return { ...ran, plan };
}

test("every attempt stands in the result with its error, beside planner and policies", async () => {
  const { account, journal, plan } = await ranWithRetry();
  const services: Pick<CliServices, "readJournal"> = {
    readJournal: async () => ({
      kind: "whole",
      records: journal.records,
      head: journal.head,
      soundBytes: 0,
    }),
  };

  const complete = await completeResult(account, { plan, policy, place }, services);

  expect(complete).toMatchObject({
    plan: { digest: digestBytes(writePlanFile(plan)) },
    planner: { kind: "offline" },
    policies: policy.files,
    steps: [
      {
        id: "s1",
        attempts: 1,
        undoDigest: expect.stringMatching(/^sha256:/),
        attemptLog: [{ state: "done" }],
      },
      {
        id: "s2",
        attempts: 2,
        attemptLog: [
          { attempt: 1, state: "failed", reason: expect.stringContaining("TLS handshake timeout") },
          { attempt: 2, state: "done" },
        ],
      },
    ],
  });
  expect(complete.steps[1]).not.toHaveProperty("undoDigest");
  expect(ResultSchema.parse({ ...complete, signer: repairedResult.signer })).toBeDefined();
});

test("a journal that can no longer be read takes nothing from the account", async () => {
  const { account, plan } = await ranWithRetry();
  const gone = new RepairError("file_unreadable", "the journal cannot be read");

  for (const readJournal of [async () => undefined, () => Promise.reject(gone)]) {
    const around = { plan, policy: { files: [] }, place };
    const complete = await completeResult(account, around, { readJournal });

    expect(complete).toEqual({ ...account, planner: plan.metadata.planner });
  }
});
