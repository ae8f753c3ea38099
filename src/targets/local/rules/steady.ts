import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import {
  backendPhase,
  configUiHealth,
  containerHealth,
  containerOomKilled,
  containerRestarts,
  containerState,
  grafanaHealth,
  restartedLately,
} from "../facts/local-facts.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { databaseTrouble, troubleOf } from "../health/service-trouble.ts";
import type { Rule } from "../../../core/rule.ts";
import { waitable } from "../advice/running-service.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { giveMoreMemory, readLog } from "../advice/typed-commands.ts";

/** More often than a service that waits for its database is started anew while that comes up. */
const USUAL_RESTARTS = 12;

/** Services that DevLake needs, that run, and that are in no good state whatever they answer. */
export const steadyRule: Rule = {
  classes: ["oom_killed", "service_unhealthy"],
  detect: (facts) => {
    // Whatever needs a database that does not stay up is started anew with it: a symptom.
    if (!facts.has(restartedLately().id) || databaseTrouble(facts) !== undefined) return [];
    return servicesToRun(facts).flatMap((service) => {
      const state = readFact(facts, containerState(service));
      const isAlive = state === "running" || state === "restarting";
      if (!isAlive || hasOldPorts(facts, service) || isToldElsewhere(facts, service)) return [];
      const trouble = troubleOf(facts, service);
      return trouble === undefined ? [] : [detection(facts, service, trouble.what, trouble.evidence)];
    });
  },
};

/** What does not answer as it should has rules of its own, and so has the database. */
function isToldElsewhere(facts: Facts, service: string): boolean {
  const is = (role: Parameters<typeof serviceOfRole>[1]): boolean =>
    serviceOfRole(facts, role)?.service === service;
  return (
    is("database") ||
    (is("backend") && readFact(facts, backendPhase()) !== "ready") ||
    (is("grafana") && readFact(facts, grafanaHealth()) !== "healthy") ||
    (is("config-ui") && readFact(facts, configUiHealth()) !== "reaches_backend")
  );
}

function detection(facts: Facts, service: string, what: string, evidence: readonly string[]): Detection {
  const outOfMemory = readFact(facts, containerOomKilled(service)) === true;
  const health = readFact(facts, containerHealth(service));
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  const summary = `${service} is ${what}`;
  const refutedBy = `${service} runs for longer without a restart, and is well by its own health check`;
  if (!outOfMemory && health !== "unhealthy" && restarts <= USUAL_RESTARTS)
    return waitable({
      class: "service_unhealthy",
      confidence: 0.7,
      summary,
      evidence: [...evidence],
      refutedBy,
      service,
    });
  return {
    class: outOfMemory ? "oom_killed" : "service_unhealthy",
    severity: "blocking",
    confidence: 0.85,
    summary,
    evidence: [...evidence],
    refutedBy,
    remedies: [],
    nextSteps: [...(outOfMemory ? [giveMoreMemory(service)] : []), readLog(service), RUN_AGAIN],
  };
}
