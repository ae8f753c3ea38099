import { setImmediate } from "node:timers/promises";
import type { Plan } from "../../src/core/plan.ts";
import { runPlan } from "../../src/apply/run.ts";
import { runRequest, type Ran, type RunOptions } from "./fake-run.ts";
import type { FakeWorld, Trace } from "./fake-world.ts";
import { RecordingJournal } from "./recording-journal.ts";

export type KilledOrRan =
  | { readonly kind: "killed"; readonly journal: RecordingJournal; readonly asked: number }
  | { readonly kind: "ran"; readonly ran: Ran };

/**
 * Runs a plan and kills the run right after so many changes, inspections or records, or after the first that
 * `after` is true for: what has happened by then stays, and nothing the run still asks for is answered. A run
 * that ends before that is not killed.
 */
export async function runAndKill(
  world: FakeWorld,
  plan: Plan,
  after: number | ((happened: Trace) => boolean),
  options: RunOptions = {},
): Promise<KilledOrRan> {
  const journal = new RecordingJournal(world, options.resume?.records);
  const asked: Ran["asked"][number][] = [];
  const events: Ran["events"][number][] = [];
  const request = runRequest(world, plan, journal, { ...options, events, asked });
  const { promise: killed, resolve: kill } = Promise.withResolvers<"killed">();
  let count = 0;
  const push = (...entries: readonly Trace[]): number => {
    const length = Array.prototype.push.apply(world.trace, [...entries]);
    count += entries.length;
    const isDue = typeof after === "number" ? count >= after : entries.some(after);
    if (!isDue) return length;
    world.faults.isGone = true;
    kill("killed");
    return length;
  };
  Object.defineProperty(world.trace, "push", { value: push, configurable: true });
  try {
    if (after === 0) return { kind: "killed", journal, asked: 0 };
    const end = await Promise.race([runPlan(request), killed]);
    if (end === "killed") return { kind: "killed", journal, asked: asked.length };
    return { kind: "ran", ran: { account: end, journal, events, asked } };
  } finally {
    // All that does not ask the world for anything has happened by then: the rest waits for ever.
    await setImmediate();
    Object.defineProperty(world.trace, "push", { value: Array.prototype.push, configurable: true });
    world.faults.isGone = false;
  }
}
