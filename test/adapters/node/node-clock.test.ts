import { expect, it } from "vitest";
import { nodeClock } from "../../../src/adapters/node/node-clock.ts";

it("waits at least as long as told", async () => {
  const before = nodeClock.monotonicMs();

  await nodeClock.wait(20, new AbortController().signal);

  // Timers of Node may fire up to a millisecond early.
  expect(nodeClock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
});

it("rejects with the signal's own reason, before or while waiting", async () => {
  const reason = new Error("ctrl-c");
  const controller = new AbortController();

  const waiting = nodeClock.wait(60_000, controller.signal);
  controller.abort(reason);

  await expect(waiting).rejects.toBe(reason);
  await expect(nodeClock.wait(60_000, controller.signal)).rejects.toBe(reason);
});
