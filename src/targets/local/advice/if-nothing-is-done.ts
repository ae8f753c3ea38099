import { readFact, type Facts } from "../../../core/fact.ts";
import type { ClassifiedFinding } from "../../../core/finding.ts";
import { backendPhase } from "../facts/local-facts.ts";

/** What these findings mean to users of DevLake when nobody acts. */
export function ifNothingIsDone(facts: Facts, findings: readonly ClassifiedFinding[]): string {
  const blocking = findings.filter(({ severity }) => severity === "blocking");
  if (blocking.length === 0) {
    return findings.some(({ severity }) => severity === "degraded")
      ? "DevLake works, but not in full"
      : "DevLake stays healthy";
  }
  const phase = readFact(facts, backendPhase());
  if (phase === "ready") return "DevLake works only in part";
  // A migration that has failed, or a service that is down besides, is no matter of waiting.
  const isWaiting = blocking.every(({ remedies }) =>
    remedies.some(({ tool }) => tool === "wait_until_healthy"),
  );
  return phase === "migrating" && isWaiting
    ? "DevLake stays down until its migration ends, and may then come up by itself"
    : "DevLake stays down";
}
