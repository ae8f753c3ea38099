import * as fc from "../seeded-fast-check.ts";
import { expect, test } from "vitest";
import { approveAll } from "../fakes/fake-run.ts";
import { repaired, undo } from "../fakes/fake-undo.ts";
import { meanwhile, throwsAfter, throwsBefore, type Operation } from "../fakes/faults.ts";

const paths = ["docker-compose.yml", ".env", ".devlake-local.json"];
const faulty: readonly Operation[] = [
  "files.replace",
  "files.readText",
  "journal.append",
  "backups.readBackUp",
];

/** What somebody else does to a file, and when: before the undo, or while a question stands. */
const edit = fc.record({ path: fc.constantFrom(...paths), atQuestion: fc.constantFrom(0, 1, 2) });
const fault = fc.record({
  operation: fc.constantFrom(...faulty),
  after: fc.nat(6),
  every: fc.boolean(),
  late: fc.boolean(),
});

test("an undo writes only what was approved for it, never over what somebody else did, and claims only what is so", async () => {
  const seen = { restored: 0, other: 0, faults: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { maxLength: 1 }),
      fc.array(fault, { maxLength: 1 }),
      fc.constantFrom<string[]>(["s1", "s2"], ["s1", "s2"], ["s1"], ["s2"], []),
      async (edits, faults, approved) => {
        const past = await repaired();
        const { world, ran } = past;
        const foreign = new Map<string, string>();
        for (const { path, atQuestion } of edits) {
          const change = (): void => {
            const text = `${world.text(path) ?? ""}\n# by somebody else\n`;
            foreign.set(path, text);
            world.put(path, text);
          };
          if (atQuestion === 0) change();
          else {
            const nth = world.faults.next("approvals.request") + atQuestion - 1;
            world.faults.add(meanwhile("approvals.request", change, { nth }));
          }
        }
        for (const { operation, after, every, late } of faults) {
          const when = { nth: world.faults.next(operation) + after, every };
          const error = new Error(`${operation} went wrong`);
          world.faults.add((late ? throwsAfter : throwsBefore)(operation, error, when));
        }
        const hits = world.faults.hits;
        const begin = world.trace.length;

        const { end } = await undo(past, {
          decide: ({ step }) =>
            approved.includes(step.id) ? approveAll() : { kind: "declined", reason: "no" },
        });

        seen.faults += world.faults.hits - hits;
        let allowed: string | undefined;
        for (const entry of world.trace.slice(begin)) {
          if (entry.kind === "journal" && entry.entry.kind === "approval") {
            const { action, step, planDigest } = entry.entry.record;
            expect([action, planDigest]).toEqual(["undo", ran.account.plan.digest]);
            allowed = step;
          }
          if (entry.kind === "journal" && entry.entry.kind === "undo_outcome") allowed = undefined;
          if (entry.kind === "write") expect(approved).toContain(allowed);
        }
        world.faults.clear();
        for (const [path, text] of foreign) {
          // What was changed after its step had been taken back is not the undo's any more either.
          expect(world.text(path)).toBe(text);
        }
        const isBack = paths.every((path) => world.text(path) === new Map(past.files).get(path)?.text);
        if (end.outcome === "restored") expect(isBack).toBe(true);
        if (end.outcome === "not-restored") expect(isBack).toBe(false);
        seen[end.outcome === "restored" ? "restored" : "other"] += 1;
      },
    ),
    { numRuns: 50 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
});
