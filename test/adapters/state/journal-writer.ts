import { writeSync } from "node:fs";
import { openFileJournal } from "../../../src/adapters/state/file-journal.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { sampleSeal } from "../../core/journal-entries.ts";

// A process to be killed: appends without end and tells of each record once it was acknowledged.
const [, , file = ""] = process.argv;
const clock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: () => Promise.reject(new Error("never waits")),
};

const { journal } = await openFileJournal(file, clock, sampleSeal);
for (;;) {
  const { seq, hash } = await journal.append({ kind: "undo_intent", step: `s${journal.length}` });
  writeSync(1, `${seq} ${hash}\n`);
}
