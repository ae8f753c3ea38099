import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import {
  backendHangs,
  backendPhase,
  configUiHealth,
  containerNetworkCutOff,
  containerState,
  grafanaHealth,
} from "../facts/local-facts.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import type { Http, HttpAnswer } from "../../../ports/http.ts";

const PROBE_TIMEOUT_MS = 4_000;
/** config-ui hangs until nginx gives up on a backend that it cannot reach; whether it answers at all shows sooner. */
const WITHOUT_BACKEND_TIMEOUT_MS = 1_000;

type BackendPhase = "ready" | "waiting_for_migration" | "migrating" | "unhealthy" | "no_answer";

/** What DevLake's three HTTP services say. A service whose container does not run is not asked. */
export async function healthFacts(facts: Facts, host: string, http: Http): Promise<Facts> {
  const getFrom =
    (role: ServiceRole) =>
    (port: number, path: string, timeoutMs = PROBE_TIMEOUT_MS): Promise<HttpAnswer> =>
      http.get(`http://${addressOf(facts, role, host)}:${port}${path}`, timeoutMs);
  let hangs = false;
  const getFromBackend = async (port: number, path: string): Promise<HttpAnswer> => {
    const said = await getFrom("backend")(port, path);
    hangs = said.kind === "no_answer" && said.timedOut === true;
    return said;
  };
  const backend = runningPort(facts, "backend");
  const grafana = runningPort(facts, "grafana");
  const configUi = runningPort(facts, "config-ui");
  const isReached = backend !== undefined && !isCutOff(facts, "backend");
  const [phase, grafanaSays, configUiSays] = await Promise.all([
    backend === undefined
      ? askThroughConfigUi(facts, configUi, getFrom("config-ui"))
      : probeBackend((path) => getFromBackend(backend, path)),
    grafana === undefined ? "no_answer" : probeGrafana((path) => getFrom("grafana")(grafana, path)),
    configUi === undefined
      ? "no_answer"
      : probeConfigUi((path) =>
          getFrom("config-ui")(configUi, path, isReached ? PROBE_TIMEOUT_MS : WITHOUT_BACKEND_TIMEOUT_MS),
        ),
  ]);
  const draft = new FactsDraft();
  if (serviceOfRole(facts, "backend") !== undefined) {
    if (phase === undefined)
      draft.unavailable(backendPhase(), "it publishes no port, and config-ui says only that it is there");
    else draft.set(backendPhase(), phase);
  }
  if (hangs) draft.set(backendHangs(), true);
  if (serviceOfRole(facts, "grafana") !== undefined) draft.set(grafanaHealth(), grafanaSays);
  if (serviceOfRole(facts, "config-ui") !== undefined) draft.set(configUiHealth(), configUiSays);
  return draft.facts();
}

/** A backend that publishes no port is reached by config-ui alone. undefined: what stands there answers for itself. */
async function askThroughConfigUi(
  facts: Facts,
  configUi: number | undefined,
  get: (port: number, path: string) => Promise<HttpAnswer>,
): Promise<BackendPhase | undefined> {
  const backend = serviceOfRole(facts, "backend");
  const isRunning = backend !== undefined && readFact(facts, containerState(backend.service)) === "running";
  if (!isRunning || backend.published !== undefined || configUi === undefined) return "no_answer";
  const answer = await get(configUi, "/api/ready");
  // A page, or the way to a login, is config-ui's own.
  const isOwn =
    answer.kind === "answer" &&
    (answer.status < 400 || answer.status === 401) &&
    !/ready|good/i.test(answer.body);
  if (isOwn) return undefined;
  return phaseOf(answer) ?? "unhealthy";
}

/** Where a service is asked: on the address that it is published on, where that is not every one. */
export function addressOf(facts: Facts, role: ServiceRole, host: string): string {
  const address = serviceOfRole(facts, role)?.address?.replace(/^\[(.*)\]$/, "$1");
  if (address === undefined || address === "::1" || address.startsWith("127.")) return host;
  return address.includes(":") ? `[${address}]` : address;
}

export function runningPort(facts: Facts, role: ServiceRole): number | undefined {
  const found = serviceOfRole(facts, role);
  if (found === undefined || readFact(facts, containerState(found.service)) !== "running") return undefined;
  return found.published;
}

/** The service of a role is off its network, so that none of the others reaches it. */
export function isCutOff(facts: Facts, role: ServiceRole): boolean {
  const service = serviceOfRole(facts, role)?.service;
  return service !== undefined && readFact(facts, containerNetworkCutOff(service)) !== undefined;
}

/**
 * `/ready` exists from v1.0.0 on; before, any gated path tells: 428 while a migration waits. `/ping`
 * is never used, because it answers 200 in every phase (DevLake backend/server/api/api.go).
 */
async function probeBackend(get: (path: string) => Promise<HttpAnswer>): Promise<BackendPhase> {
  const ready = await get("/ready");
  const phase = phaseOf(ready);
  if (phase !== undefined) return phase;
  return phaseOf(await get("/plugins")) ?? "unhealthy";
}

/** undefined: the path does not exist in this version. */
export function phaseOf(answer: HttpAnswer): BackendPhase | undefined {
  if (answer.kind === "no_answer") return "no_answer";
  if (answer.status === 200) return "ready";
  if (answer.status === 404) return undefined;
  if (answer.status !== 428 && answer.status !== 503) return "unhealthy";
  if (/service is not ready: migrating|migration is in progress/i.test(answer.body)) return "migrating";
  if (/waiting for migration|migration is required/i.test(answer.body)) return "waiting_for_migration";
  return answer.status === 428 ? "waiting_for_migration" : "unhealthy";
}

/**
 * From v1.0.0 Grafana redirects `/api/health` to the public root URL before its health handler runs,
 * so the sub path is asked first and a redirect into it counts as alive.
 */
async function probeGrafana(
  get: (path: string) => Promise<HttpAnswer>,
): Promise<"healthy" | "failing" | "no_answer"> {
  const subPath = await get("/grafana/api/health");
  if (subPath.kind === "no_answer") return "no_answer";
  if (subPath.status === 200) return saysDatabaseOk(subPath.body) ? "healthy" : "failing";
  if (subPath.status !== 404) return "failing";
  const root = await get("/api/health");
  if (root.kind === "no_answer") return "no_answer";
  if (root.status === 301 && (root.location ?? "").includes("/grafana/")) return "healthy";
  return root.status === 200 && saysDatabaseOk(root.body) ? "healthy" : "failing";
}

function saysDatabaseOk(body: string): boolean {
  return /"database"\s*:\s*"ok"/.test(body);
}

/** `/` and `/health` prove nginx only; a path under `/api/` goes through to the backend. */
async function probeConfigUi(
  get: (path: string) => Promise<HttpAnswer>,
): Promise<"reaches_backend" | "backend_unreachable" | "no_answer"> {
  const answer = await get("/api/ping");
  if (answer.kind === "no_answer") return "no_answer";
  return answer.status >= 500 ? "backend_unreachable" : "reaches_backend";
}
