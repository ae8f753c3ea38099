import { errorText } from "../core/errors.ts";
import { readFact, type Facts } from "../core/fact.ts";
import { healthReports } from "../core/healthy-facts.ts";
import { parametersOf } from "../core/fact-ids.ts";
import { containerRestarts } from "../core/local-facts.ts";
import { lookAfterMs, whyItCannotCome, type Look } from "../core/wait-verdict.ts";
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

/**
 * Probes until health has held through the settle window, or it is clear that it will not. Whether the data can be
 * read is asked at its end, and now and then while it does not hold.
 */
export async function settledHealth({ request, fresh, deadline }: Run): Promise<SettledHealth> {
  const { clock, signal, eyes } = request;
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
      if (isWhole) lookAt = clock.monotonicMs() + lookAfterMs(looks.length);
      const all = healthReports(facts);
      // What only a whole look asks keeps what the last one said.
      reports = isWhole ? all : all.map((report) => sayAgain(report, reports));
      const counted = restartsIn(facts);
      const isStable = restarts === undefined || counted === restarts;
      restarts = counted;
      const asked = isWhole ? all : all.filter(isAskedQuickly);
      const holds = isStable && asked.length > 0 && asked.every(({ healthy }) => healthy);
      if (holds && isOver) return { held: true, reports, problem, facts };
      since = holds ? (since ?? clock.monotonicMs()) : undefined;
    } catch (thrown) {
      problem = fresh.redact(errorText(thrown));
      since = undefined;
    }
    const why = whyItCannotCome(looks);
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

function isAskedQuickly({ check }: HealthReport): boolean {
  return check !== "data_readable";
}

function sayAgain(report: HealthReport, before: readonly HealthReport[]): HealthReport {
  return isAskedQuickly(report) ? report : (before.find(({ check }) => check === report.check) ?? report);
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
