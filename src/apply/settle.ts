import type { Facts } from "../core/fact.ts";
import { healthReports } from "../core/healthy-facts.ts";
import { containerRestarts, parametersOf } from "../core/local-facts.ts";
import { readFact } from "../core/fact.ts";
import type { HealthReport } from "../core/result.ts";
import type { RunRequest } from "./run-context.ts";

/** Health has to hold this long without a restart before we believe it. */
export const SETTLE_MS = 2_000;
const GIVE_UP_MS = 30_000;
const POLL_MS = 500;

/** Probes until health has held through the settle window; the last reports when it never does. */
export async function settledHealth(request: RunRequest): Promise<readonly HealthReport[]> {
  const { clock, signal, eyes } = request;
  const begin = clock.monotonicMs();
  let since: number | undefined;
  let restarts: number | undefined;
  for (;;) {
    const facts = await eyes.probe();
    const reports = healthReports(facts);
    const counted = restartsIn(facts);
    const now = clock.monotonicMs();
    const holds = reports.every(({ healthy }) => healthy) && (restarts === undefined || counted === restarts);
    restarts = counted;
    since = holds ? (since ?? now) : undefined;
    const settled = since !== undefined && now - since >= SETTLE_MS;
    if (settled || signal.aborted || now - begin > GIVE_UP_MS) {
      return settled
        ? reports
        : reports.map((report) => (report.healthy ? { ...report, healthy: since !== undefined } : report));
    }
    try {
      await clock.wait(POLL_MS, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
}

function restartsIn(facts: Facts): number {
  return parametersOf(facts, containerRestarts).reduce(
    (sum, service) => sum + (readFact(facts, containerRestarts(service)) ?? 0),
    0,
  );
}
