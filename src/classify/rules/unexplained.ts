import { readFact, unavailableReason, type Facts } from "../../core/fact.ts";
import type { Detection } from "../../core/finding.ts";
import { healthReports } from "../../core/healthy-facts.ts";
import { composeStatus, containerState, services } from "../../core/local-facts.ts";
import { serviceOfRole, type ServiceRole } from "../../core/service-role.ts";
import type { Rule } from "../rule.ts";

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
          ["see what Compose makes of the files: docker compose config --services"],
        ),
      ];
    }
    if (serviceOfRole(facts, "backend") === undefined) {
      return [
        unknown(
          `the Compose project has no DevLake backend, only: ${all.join(", ")}`,
          [services().id],
          "one of the services runs DevLake's backend image",
          [
            "go to the directory of DevLake's docker-compose.yml, or name it: gh devlake repair --dir DIRECTORY",
          ],
        ),
      ];
    }
    return healthReports(facts).flatMap(({ check, healthy, observed }) =>
      healthy ? [] : [unwell(facts, check, observed)],
    );
  },
};

const checked: Readonly<Record<string, { readonly role: ServiceRole; readonly fact: string }>> = {
  backend_ready: { role: "backend", fact: "local.backend.phase" },
  grafana_healthy: { role: "grafana", fact: "local.grafana.health" },
  config_ui_reaches_backend: { role: "config-ui", fact: "local.config-ui.health" },
};

function unwell(facts: Facts, check: string, observed: string): Detection {
  const { role = "backend", fact = "" } = checked[check] ?? {};
  const service = serviceOfRole(facts, role)?.service ?? role;
  const state = readFact(facts, containerState(service)) ?? "unknown";
  const evidence = [containerState(service).id, fact].filter((id) => facts.has(id));
  const paused = state === "paused";
  return unknown(
    paused
      ? `${service} is paused`
      : `${service} is ${state}, and its health is: ${observed.replaceAll("_", " ")}`,
    evidence.length > 0 ? evidence : [services().id],
    check.replaceAll("_", " "),
    [
      paused
        ? `let it go on: docker compose unpause ${service}`
        : `read its log: docker compose logs --tail 50 ${service}`,
    ],
  );
}

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
    nextSteps: [...nextSteps, "then run again: gh devlake repair"],
  };
}
