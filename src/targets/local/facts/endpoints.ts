import type { Facts } from "../../../core/fact.ts";
import type { Endpoints } from "./fact-values.ts";
import { serviceOfRole } from "./service-role.ts";

/** Where gh-devlake keeps what it knows of a local deployment (its internal/devlake/state.go). */
export const STATE_FILE = ".devlake-local.json";

/** The URLs of a local deployment, as its Compose model publishes them; undefined without a backend. */
export function endpointsOf(facts: Facts): Endpoints | undefined {
  const backend = url(serviceOfRole(facts, "backend")?.published);
  const grafana = url(serviceOfRole(facts, "grafana")?.published);
  const configUi = url(serviceOfRole(facts, "config-ui")?.published);
  if (backend === undefined) return undefined;
  return {
    backend,
    ...(grafana !== undefined && { grafana }),
    ...(configUi !== undefined && { configUi }),
  };
}

function url(port: number | undefined): string | undefined {
  return port === undefined ? undefined : `http://localhost:${port}`;
}

/** The two sets of ports that gh-devlake tries by itself (its internal/devlake/discovery.go). */
export function isFoundWithoutStateFile({ backend, grafana, configUi }: Endpoints): boolean {
  return [
    [8080, 3002, 4000],
    [8085, 3004, 4004],
  ].some(
    ([first, second, third]) =>
      backend === url(first) &&
      (grafana === undefined || grafana === url(second)) &&
      (configUi === undefined || configUi === url(third)),
  );
}

/** Whether a state file's endpoints say the same as the model, for those it names. */
export function sameEndpoints(stated: Endpoints, actual: Endpoints): boolean {
  return (["backend", "grafana", "configUi"] as const).every((name) => {
    const value = stated[name];
    return value === undefined ? name !== "backend" : value.replace(/\/+$/, "") === actual[name];
  });
}
