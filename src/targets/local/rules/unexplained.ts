import { readFact, unavailableReason, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { healthReports } from "../health/healthy-facts.ts";
import { composeStatus, containerState, services } from "../facts/local-facts.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Rule } from "../../../core/rule.ts";
import { RUN_AGAIN, RUN_ELSEWHERE } from "../../../core/text/own-commands.ts";
import { readLog } from "../advice/typed-commands.ts";

/**
 * The last rule: where no other found anything blocking, DevLake must have been seen healthy. What was
 * not seen is never called healthy.
 */
export const unexplainedRule: Rule = {
  classes: ["unknown"],
  detect: (facts) => {
    const all = readFact(facts, services());
    if (all === undefined) {
      const reason = unavailableReason(facts, services());
      return [
        unknown(
          `the deployment could not be looked at${reason === undefined ? "" : `: ${reason}`}`,
          [facts.has(services().id) ? services().id : composeStatus().id],
          `${services().id} names the services`,
          ["see what Compose makes of the files: `docker compose config --services`"],
        ),
      ];
    }
    const unseen = all.find((service) => unavailableReason(facts, containerState(service)) !== undefined);
    if (unseen !== undefined) {
      const ref = containerState(unseen);
      return [
        unknown(
          `the containers could not be looked at: ${unavailableReason(facts, ref)}`,
          [ref.id],
          `${ref.id} has a value`,
          ["see whether the engine answers: `docker ps --all`"],
        ),
      ];
    }
    const unwell = healthReports(facts)
      .filter(({ healthy }) => !healthy)
      .map(({ check, observed }) => unhealthy(facts, check, observed));
    // What a paused service cannot do is a symptom.
    const paused = servicesToRun(facts).filter(
      (service) => readFact(facts, containerState(service)) === "paused",
    );
    return paused.length > 0 ? [pausedServices(paused)] : unwell;
  },
};

const checked: Readonly<Record<string, { readonly role: ServiceRole; readonly fact: string }>> = {
  backend_ready: { role: "backend", fact: "local.backend.phase" },
  grafana_healthy: { role: "grafana", fact: "local.grafana.health" },
  data_readable: { role: "backend", fact: "local.backend.data" },
  services_steady: { role: "backend", fact: "local.project.restarted-lately" },
  config_ui_reaches_backend: { role: "config-ui", fact: "local.config-ui.health" },
};

function unhealthy(facts: Facts, check: string, observed: string): Detection {
  const { role = "backend", fact = "" } = checked[check] ?? {};
  const service = serviceOfRole(facts, role)?.service ?? role;
  const state = readFact(facts, containerState(service)) ?? "unknown";
  const evidence = [containerState(service).id, fact].filter((id) => facts.has(id));
  return unknown(
    `${service} is ${state}, and its health is: ${observed.replaceAll("_", " ")}`,
    evidence.length > 0 ? evidence : [services().id],
    `${check.replaceAll("_", " ")} holds`,
    [readLog(service)],
  );
}

function pausedServices(paused: readonly string[]): Detection {
  return unknown(
    `${paused.join(", ")} ${paused.length === 1 ? "is" : "are"} paused`,
    paused.map((service) => containerState(service).id),
    "no service is paused",
    [`let them go on: \`docker compose unpause ${paused.map(shellWord).join(" ")}\``],
  );
}

/** A Compose project that is not DevLake's can be well or ill: it is none of our business. */
export const notDevlakeRule: Rule = {
  classes: ["unknown"],
  detect: (facts) => {
    const all = readFact(facts, services());
    if (all === undefined || serviceOfRole(facts, "backend") !== undefined) return [];
    return [
      unknown(
        `the Compose project has no DevLake backend, only: ${all.join(", ")}`,
        [services().id],
        "one of the services runs DevLake's backend image",
        [`go to the directory of DevLake's docker-compose.yml, or name it: ${RUN_ELSEWHERE}`],
      ),
    ];
  },
};

function unknown(
  summary: string,
  evidence: readonly string[],
  refutedBy: string,
  nextSteps: readonly string[],
): Detection {
  return {
    class: "unknown",
    severity: "blocking",
    confidence: 0.5,
    summary,
    evidence,
    refutedBy,
    remedies: [],
    nextSteps: [...nextSteps, RUN_AGAIN],
  };
}
