import { errorText } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Health, Look } from "../targets/family.ts";
import type { HealthReport } from "../core/records/result.ts";
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

/**
 * Probes until health has held through the settle window, or it is clear that it will not. Whether the data can be
 * read is asked at its end, and now and then while it does not hold.
 */
export async function settledHealth({ request, fresh, deadline }: Run): Promise<SettledHealth> {
  const { clock, signal, eyes, family } = request;
  const { health } = family;
  const giveUpAt =
    clock.monotonicMs() + Math.min(GIVE_UP_MS, Math.max(deadline.remainingMs(), 2 * SETTLE_MS));
  let since: number | undefined;
  let restarts: number | undefined;
  let reports: readonly HealthReport[] = [];
  let facts: Facts | undefined;
  const looks: Look[] = [];
  let lookAt = clock.monotonicMs();
  for (;;) {
    let problem: string | undefined;
    const isOver = since !== undefined && clock.monotonicMs() - since >= SETTLE_MS;
    const isWhole = isOver || (since === undefined && clock.monotonicMs() >= lookAt);
    try {
      facts = undefined;
      facts = await eyes.probe(isWhole ? "whole" : "quick");
      if (isWhole) looks.push({ at: clock.monotonicMs(), facts });
      if (isWhole) lookAt = clock.monotonicMs() + health.lookAfterMs(looks.length);
      const all = health.reports(facts);
      // What only a whole look asks keeps what the last one said.
      reports = isWhole ? all : all.map((report) => sayAgain(health, report, reports));
      const counted = health.restarts(facts);
      const isStable = restarts === undefined || counted === restarts;
      restarts = counted;
      const asked = isWhole ? all : all.filter(({ check }) => health.isAskedQuickly(check));
      const holds = isStable && asked.length > 0 && asked.every(({ healthy }) => healthy);
      if (holds && isOver) return { held: true, reports, problem, facts };
      since = holds ? (since ?? clock.monotonicMs()) : undefined;
    } catch (thrown) {
      problem = fresh.redact(errorText(thrown));
      since = undefined;
    }
    const why = health.whyItCannotCome(looks);
    if (why !== undefined) return { held: false, reports: reports.map(notHeld), problem: why, facts };
    if (signal.aborted || clock.monotonicMs() >= giveUpAt) {
      return { held: false, reports: reports.map(notHeld), problem, facts };
    }
    try {
      await clock.wait(POLL_MS, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
}

function sayAgain(
  { isAskedQuickly }: Health,
  report: HealthReport,
  before: readonly HealthReport[],
): HealthReport {
  const { check } = report;
  return isAskedQuickly(check) ? report : (before.find((other) => other.check === check) ?? report);
}

function notHeld(report: HealthReport): HealthReport {
  if (!report.healthy) return report;
  return {
    ...report,
    healthy: false,
    observed: `${report.observed}, but not for ${SETTLE_MS / 1000} s without a restart`,
  };
}
