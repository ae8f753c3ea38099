import { readFact, type Facts } from "../../core/fact.ts";
import type { Detection, Finding, FindingClass } from "../../core/finding.ts";
import {
  backendPhase,
  configUiHealth,
  containerExitCode,
  containerRestarts,
  containerState,
  grafanaHealth,
} from "../../core/local-facts.ts";
import { serviceOfRole, type ServiceRole } from "../../core/service-role.ts";
import type { Rule } from "../rule.ts";

/** Services whose containers run but which do not do their work. */
export const healthRule: Rule = {
  classes: [
    "backend_crash_loop",
    "migration_pending",
    "grafana_unhealthy",
    "config_ui_upstream_unreachable",
    "unknown",
  ],
  detect: (facts) => {
    // While the backend is down or not yet up, config-ui cannot reach it: a symptom.
    const isSymptom = (readFact(facts, backendPhase()) ?? "ready") !== "ready";
    return [...backendTrouble(facts), ...grafanaTrouble(facts), ...(isSymptom ? [] : configUiTrouble(facts))];
  },
};

function runs(facts: Facts, role: ServiceRole): string | undefined {
  const service = serviceOfRole(facts, role)?.service;
  const state = service === undefined ? undefined : readFact(facts, containerState(service));
  return state === "running" || state === "restarting" ? service : undefined;
}

function backendTrouble(facts: Facts): readonly Detection[] {
  const service = runs(facts, "backend");
  const phase = readFact(facts, backendPhase());
  if (service === undefined || phase === undefined || phase === "ready") return [];
  if (phase === "waiting_for_migration") {
    return [
      detection(
        "migration_pending",
        "blocking",
        0.95,
        "the backend waits for somebody to confirm a database migration",
        [backendPhase().id],
        {
          refutedBy: "/ready answers 200",
          nextSteps: [
            "back up the database first: the migration may wipe collected data",
            "then confirm it in config-ui, which asks for it on its first page",
            "then run again: gh devlake repair",
          ],
        },
      ),
    ];
  }
  if (phase === "migrating") {
    return [
      waitable(
        "unknown",
        0.8,
        "the backend is migrating its database and does not serve yet",
        [backendPhase().id],
        "/ready answers 200",
      ),
    ];
  }
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  const state = readFact(facts, containerState(service));
  const evidence = [backendPhase().id, containerState(service).id, containerRestarts(service).id];
  // A handful of restarts while MySQL comes up is how DevLake waits for it (one connection try, then exit).
  if (state === "restarting" && restarts > 5) {
    return [
      detection(
        "backend_crash_loop",
        "blocking",
        0.9,
        `${service} stops again and again (exit ${readFact(facts, containerExitCode(service)) ?? "?"}, ${restarts} restarts)`,
        evidence,
        {
          refutedBy: "the backend stays up and /ready answers 200",
          nextSteps: [
            `read why: docker compose logs --tail 50 ${service}`,
            "correct what the last panic names, then run again: gh devlake repair",
          ],
        },
      ),
    ];
  }
  return [
    waitable(
      "unknown",
      0.6,
      `${service} runs but does not serve yet (${phase})`,
      evidence,
      "/ready answers 200",
    ),
  ];
}

function grafanaTrouble(facts: Facts): readonly Detection[] {
  const service = runs(facts, "grafana");
  const health = readFact(facts, grafanaHealth());
  if (service === undefined || health === undefined || health === "healthy") return [];
  return [
    waitable(
      "grafana_unhealthy",
      0.7,
      `${service} runs but ${health === "failing" ? "reports itself unhealthy" : "does not answer"}`,
      [grafanaHealth().id, containerState(service).id],
      "/grafana/api/health answers 200",
    ),
  ];
}

function configUiTrouble(facts: Facts): readonly Detection[] {
  const service = runs(facts, "config-ui");
  const health = readFact(facts, configUiHealth());
  if (service === undefined || health === undefined || health === "reaches_backend") return [];
  return [
    waitable(
      "config_ui_upstream_unreachable",
      0.8,
      health === "no_answer"
        ? `${service} runs but does not answer`
        : `${service} answers but its /api does not reach the backend`,
      [configUiHealth().id, containerState(service).id],
      "/api/ping through config-ui answers",
    ),
  ];
}

function waitable(
  findingClass: FindingClass,
  confidence: number,
  summary: string,
  evidence: readonly string[],
  refutedBy: string,
): Detection {
  return {
    ...detection(findingClass, "blocking", confidence, summary, evidence, {
      refutedBy,
      nextSteps: ["read its log: docker compose logs --tail 50", "then run again: gh devlake repair"],
    }),
    remedies: [
      {
        tool: "wait_until_healthy",
        args: {},
        why: "it may still be starting; waiting is bounded and changes nothing",
      },
    ],
  };
}

function detection(
  findingClass: FindingClass,
  severity: Finding["severity"],
  confidence: number,
  summary: string,
  evidence: readonly string[],
  rest: Pick<Detection, "refutedBy" | "nextSteps">,
): Detection {
  return { class: findingClass, severity, confidence, summary, evidence, remedies: [], ...rest };
}
