import { expect, it } from "vitest";
import { ResultSchema } from "../../src/core/records/result.ts";
import { anyRun, holdsFor, patient } from "./plan-and-run.ts";

it("law 7: every step ends in the result with a state and a reason, whatever happens", patient, async () => {
  await holdsFor(anyRun, ({ plan, ran }) => {
    if (ran === undefined) return;
    const { account } = ran;

    expect(account.steps.map(({ id }) => id)).toEqual(plan.steps.map(({ id }) => id));
    expect(account.steps.every(({ reason }) => reason !== "")).toBe(true);
    expect(account.reason).not.toBe("");
    expect(ResultSchema.omit({ signer: true }).safeParse(account).error).toBeUndefined();
    expect(account.journal).toMatchObject({ length: ran.journal.length, head: ran.journal.head });
  });
});

it(
  "law 7: at whatever instant it is killed, nothing has been done that the journal does not announce",
  patient,
  async () => {
    await holdsFor(anyRun, ({ world, ran }) => {
      let open: string | undefined;
      for (const entry of world.trace) {
        if (entry.kind === "write") expect(open).toBeDefined();
        if (entry.kind !== "journal") continue;
        const record = entry.entry;
        if (record.kind === "step_intent" || record.kind === "undo_intent") open = record.step;
        if (record.kind === "step_outcome" || record.kind === "undo_outcome") {
          expect(record.step).toBe(open);
          open = undefined;
        }
      }
      const announced = new Set(
        ran?.journal.entries.flatMap((entry) => (entry.kind === "step_intent" ? [entry.step] : [])),
      );
      const acted =
        ran?.account.steps.filter(({ state, attempts }) => attempts > 0 && state !== "failed") ?? [];
      expect(acted.filter(({ id }) => !announced.has(id))).toEqual([]);
    });
  },
);
