import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { backendPhase, configUiHealth, containerState, grafanaHealth } from "../facts/local-facts.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { standingCause } from "../health/standing-cause.ts";
import type { Rule } from "../../../core/rule.ts";
import { causeFinding } from "../advice/standing-cause-finding.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { recreateLosing } from "../advice/typed-commands.ts";
import { runningService, waitable } from "../advice/running-service.ts";

/** Grafana and config-ui run but do not do their work. */
export const healthRule: Rule = {
  classes: ["grafana_unhealthy", "config_ui_upstream_unreachable"],
  detect: (facts) => {
    // While the backend is down or not yet up, config-ui cannot reach it: a symptom.
    const isSymptom = (readFact(facts, backendPhase()) ?? "ready") !== "ready";
    return [...grafanaTrouble(facts), ...(isSymptom ? [] : configUiTrouble(facts))];
  },
};

function grafanaTrouble(facts: Facts): readonly Detection[] {
  const service = runningService(facts, "grafana");
  const health = readFact(facts, grafanaHealth());
  if (service === undefined || health === undefined || health === "healthy") return [];
  if (hasOldPorts(facts, service)) return [];
  const evidence = [grafanaHealth().id, containerState(service).id];
  const refutedBy = "/grafana/api/health answers 200";
  // A line from before its last start may be history; one that is started again and again is not.
  const standing = standingCause(facts, service, { how: "wait", started: [] });
  if (standing !== undefined) return [causeFinding(facts, standing)];
  const summary = `${service} runs but ${health === "failing" ? "reports itself unhealthy" : "does not answer"}`;
  return [waitable({ class: "grafana_unhealthy", confidence: 0.7, summary, evidence, refutedBy, service })];
}

function configUiTrouble(facts: Facts): readonly Detection[] {
  const service = runningService(facts, "config-ui");
  const health = readFact(facts, configUiHealth());
  if (service === undefined || health === undefined || health === "reaches_backend") return [];
  if (hasOldPorts(facts, service)) return [];
  const evidence = [configUiHealth().id, containerState(service).id];
  const refutedBy = "/api/ping through config-ui answers";
  if (health === "no_answer") {
    const summary = `${service} runs but does not answer`;
    return [
      waitable({
        class: "config_ui_upstream_unreachable",
        confidence: 0.8,
        summary,
        evidence,
        refutedBy,
        service,
      }),
    ];
  }
  const scheme = logLinesOf(facts, service).findLast((ref) => withScheme.test(readFact(facts, ref) ?? ""));
  if (scheme !== undefined) return [endpointWithScheme(facts, service, [...evidence, scheme.id], refutedBy)];
  return [
    {
      class: "config_ui_upstream_unreachable",
      severity: "blocking",
      confidence: 0.85,
      // Its nginx keeps an answer of the DNS for 300 s (DevLake config-ui/nginx.conf, valid=300s).
      summary: `the backend is ready, but ${service} does not reach it: it may remember the backend's old address for up to 5 minutes`,
      evidence: [...evidence, backendPhase().id].filter((id) => facts.has(id)),
      refutedBy,
      remedies: [],
      nextSteps: [
        `restart it, which takes seconds and loses nothing: \`docker compose restart ${shellWord(service)}\``,
        "if it still does not, compare DEVLAKE_ENDPOINT in the Compose file with the backend's service name and port",
        RUN_AGAIN,
      ],
    },
  ];
}

/** nginx's words when the address that it puts a scheme before has one already. */
const withScheme = /invalid (?:port|host|URL prefix) in (?:upstream )?"https?:\/\//;

function endpointWithScheme(
  facts: Facts,
  service: string,
  evidence: readonly string[],
  refutedBy: string,
): Detection {
  return {
    class: "config_ui_upstream_unreachable",
    severity: "blocking",
    confidence: 0.95,
    summary: `${service} does not reach the backend: its DEVLAKE_ENDPOINT has a scheme in front, and it puts one there itself`,
    evidence,
    refutedBy,
    remedies: [],
    nextSteps: [
      `write DEVLAKE_ENDPOINT and GRAFANA_ENDPOINT of ${service} without \`http://\`, as devlake:8080 and grafana:3000; a restart alone changes nothing`,
      `then recreate it; ${recreateLosing(facts, [service])}`,
      RUN_AGAIN,
    ],
  };
}
