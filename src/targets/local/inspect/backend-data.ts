import type { BackendData, DataAnswer } from "../facts/fact-values.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { HttpAnswer } from "../../../ports/http.ts";

/** The backend's own /health waits 5 s for its database before it says so (DevLake services/probes.go). */
const PATIENCE_MS = 7_000;
/** DevLake v1.0 has about forty. */
const MOST_PLUGINS = 80;
/** Each question is a line in the backend's log and a query of its database. */
const AT_ONCE = 4;

export type Get = (path: string, timeoutMs: number) => Promise<HttpAnswer>;

/**
 * Whether the backend can read what it stores, for /ready answers 200 whatever its database does. Asked once it
 * is ready; never follows a redirect, and keeps of each answer only what kind it is: bodies hold data.
 */
export async function readBackendData(
  get: Get,
  clock: Clock,
  { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {},
): Promise<BackendData> {
  const deadline = clock.monotonicMs() + patienceMs;
  const [health, blueprints, pipelines, plugins] = await Promise.all([
    get("/health", patienceMs),
    get("/blueprints?page=1&pageSize=10", patienceMs),
    get("/pipelines?page=1&pageSize=10", patienceMs),
    get("/plugins", patienceMs),
  ]);
  const names = pluginNames(plugins);
  const { connections, unread } = await readConnections(names, get, deadline, clock);
  return {
    status: "asked",
    health: healthAnswer(health),
    blueprints: objectAnswer(blueprints),
    pipelines: objectAnswer(pipelines),
    plugins: listAnswer(plugins),
    connections,
    unread,
  };
}

async function readConnections(
  names: readonly string[],
  get: Get,
  deadline: number,
  clock: Clock,
): Promise<{ readonly connections: Record<string, DataAnswer>; readonly unread: number }> {
  const waiting = names.slice(0, MOST_PLUGINS);
  const found = new Map<string, DataAnswer>();
  let isSilent = false;
  const worker = async (): Promise<void> => {
    for (;;) {
      const left = deadline - clock.monotonicMs();
      const plugin = isSilent || left <= 0 ? undefined : waiting.shift();
      if (plugin === undefined) return;
      const said = await get(`/plugins/${plugin}/connections`, left);
      const answer = listAnswer(said);
      // One that says nothing in time has taken the time of all the others.
      if (answer === "silent") isSilent = true;
      // A plugin may have no connections of its own.
      if (answer !== "good" && answer !== "absent") found.set(plugin, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const connections = Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { connections, unread: waiting.length + Math.max(0, names.length - MOST_PLUGINS) };
}

/** `[{"plugin":"github","metric":{...}}, ...]`; names come into paths, so nothing but a plain word is one. */
function pluginNames(said: HttpAnswer): readonly string[] {
  if (said.kind === "no_answer" || said.status !== 200) return [];
  const names = [...said.body.matchAll(/"plugin"\s*:\s*"([\w-]{1,64})"/g)].map(([, name = ""]) => name);
  return [...new Set(names)].sort();
}

/** Before v1.0.0 it is what /ping is: 200 and no word. */
function healthAnswer(said: HttpAnswer): DataAnswer {
  const answer = objectAnswer(said);
  if (said.kind === "no_answer") return answer;
  if (answer === "good" && !said.body.includes('"good"')) return said.body === "" ? "absent" : "failing";
  // It asks the database for one row and does nothing else.
  return answer === "failing" && said.status === 500 ? "database" : answer;
}

const databaseFailed =
  /dial tcp|invalid connection|bad connection|connection refused|timeout reading from|i\/o timeout|broken pipe|no such host|Error \d{4}|SQLSTATE/;

function objectAnswer(said: HttpAnswer): DataAnswer {
  const known = plainAnswer(said);
  if (known !== undefined || said.kind === "no_answer") return known ?? "silent";
  if (said.body === "") return "nothing";
  if (said.body.includes("invalid encryptionSecret")) return "secret";
  return databaseFailed.test(said.body) ? "database" : "failing";
}

/**
 * A list is answered with 500 and the list all the same where its rows do not decrypt, and with 500 and an empty
 * one where the database failed; a plugin that panicked says nothing, with the right secret too.
 */
function listAnswer(said: HttpAnswer): DataAnswer {
  const known = plainAnswer(said);
  if (said.kind === "no_answer") return known ?? "silent";
  const body = said.body.trimStart();
  if (known === "good") return body.startsWith("[") ? "good" : "failing";
  if (known !== undefined) return known;
  if (said.status === 500 && body.startsWith("[")) return /^\[\s*\]/.test(body) ? "database" : "secret";
  return objectAnswer(said);
}

/** What the status alone says; undefined where the body has to. */
function plainAnswer(said: HttpAnswer): DataAnswer | undefined {
  if (said.kind === "no_answer") return "silent";
  if (said.status === 200) return "good";
  if (said.status === 401 || said.status === 403) return "login";
  return said.status === 404 ? "absent" : undefined;
}
