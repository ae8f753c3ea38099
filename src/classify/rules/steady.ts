import { readFact, type Facts } from "../../core/fact.ts";
import type { Detection } from "../../core/finding.ts";
import {
  backendPhase,
  configUiHealth,
  containerHealth,
  containerOomKilled,
  containerRestarts,
  containerState,
  grafanaHealth,
  restartedLately,
} from "../../core/local-facts.ts";
import { hasOldPorts } from "../../core/healthy-facts.ts";
import { servicesToRun } from "../../core/needed-services.ts";
import { serviceOfRole } from "../../core/service-role.ts";
import { databaseTrouble, troubleOf } from "../../core/service-trouble.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { Rule } from "../rule.ts";
import { waitable } from "../running-service.ts";
import { RUN_AGAIN } from "../typed-commands.ts";

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
    nextSteps: [
      ...(outOfMemory
        ? [`give it more memory: \`docker stats --no-stream\` shows what ${service} uses`]
        : []),
      `read its log: \`docker compose logs --tail 50 ${shellWord(service)}\``,
      RUN_AGAIN,
    ],
  };
}
