import { errorText } from "../core/errors.ts";
import { readFact, type Facts } from "../core/fact.ts";
import { healthReports } from "../core/healthy-facts.ts";
import { parametersOf } from "../core/fact-ids.ts";
import { containerRestarts } from "../core/local-facts.ts";
import type { HealthReport } from "../core/result.ts";
import type { Run } from "./run-context.ts";

/** Health has to hold this long without a restart before we believe it. */
export const SETTLE_MS = 2_000;
const GIVE_UP_MS = 30_000;
const POLL_MS = 250;

export interface SettledHealth {
  /** Every check passed, through the whole settle window, without a restart. */
  readonly held: boolean;
  readonly reports: readonly HealthReport[];
  /** Why the target could not be looked at, the last time. */
  readonly problem: string | undefined;
  /** What the last probe saw, if it saw anything. */
  readonly facts: Facts | undefined;
}

/** Probes until health has held through the settle window, or it is clear that it will not. */
export async function settledHealth({ request, fresh, deadline }: Run): Promise<SettledHealth> {
  const { clock, signal, eyes } = request;
  const giveUpAt =
    clock.monotonicMs() + Math.min(GIVE_UP_MS, Math.max(deadline.remainingMs(), 2 * SETTLE_MS));
  let since: number | undefined;
  let restarts: number | undefined;
  let reports: readonly HealthReport[] = [];
  let facts: Facts | undefined;
  for (;;) {
    let problem: string | undefined;
    try {
      facts = undefined;
      facts = await eyes.probe();
      reports = healthReports(facts);
      const counted = restartsIn(facts);
      const isStable = restarts === undefined || counted === restarts;
      restarts = counted;
      const holds = isStable && reports.length > 0 && reports.every(({ healthy }) => healthy);
      since = holds ? (since ?? clock.monotonicMs()) : undefined;
    } catch (thrown) {
      problem = fresh.redact(errorText(thrown));
      since = undefined;
    }
    const now = clock.monotonicMs();
    if (since !== undefined && now - since >= SETTLE_MS) return { held: true, reports, problem, facts };
    if (signal.aborted || now >= giveUpAt) {
      return { held: false, reports: reports.map(notHeld), problem, facts };
    }
    try {
      await clock.wait(POLL_MS, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
}

function notHeld(report: HealthReport): HealthReport {
  if (!report.healthy) return report;
  return {
    ...report,
    healthy: false,
    observed: `${report.observed}, but not for ${SETTLE_MS / 1000} s without a restart`,
  };
}

function restartsIn(facts: Facts): number {
  return parametersOf(facts, containerRestarts).reduce(
    (sum, service) => sum + (readFact(facts, containerRestarts(service)) ?? 0),
    0,
  );
}
