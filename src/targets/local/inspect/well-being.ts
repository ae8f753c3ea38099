import { errorText } from "../../../core/errors.ts";
import { diskFull } from "../causes/database-causes.ts";
import { FactsDraft, readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { healthReports } from "../health/healthy-facts.ts";
import {
  backendData,
  backendMigration,
  backendPhase,
  configUiHealth,
  databaseDiskFull,
  grafanaHealth,
  restartedLately,
  serviceRole,
} from "../facts/local-facts.ts";
import { migrationInLog } from "../causes/migration-log.ts";
import type { Redact } from "../../../core/masking/redact.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { STEADY_AFTER_MS } from "../health/service-trouble.ts";
import type { ContainerDetails, DockerReader } from "../ports/docker.ts";
import { readBackendData } from "./backend-data.ts";
import { chosenContainer, SERVICE_LABEL } from "./containers.ts";
import type { ReadPorts } from "./context.ts";
import { hostOfEngine } from "./engine.ts";
import { addressOf, healthFacts, isCutOff, runningPort } from "./health.ts";
import { inspectEach } from "./inspect-each.ts";
import { logFacts, migrationLog, type KnownLogs } from "./logs.ts";

const DATABASE_TAIL = 60;
/** Nobody reaches a database that is off its network, and the backend waits seconds for each answer. */
const CUT_OFF_PATIENCE_MS = 1_000;
/** What was written longer ago may have been cured since. */
const STILL_FULL_MS = 10 * 60_000;

export interface Observed {
  readonly own: readonly ContainerDetails[];
  /** How far the engine's clock is ahead of ours, in milliseconds. */
  readonly aheadMs: number;
}

/**
 * How the deployment does: what its services say over HTTP, whether the backend reads what it stores, whether
 * anything was started anew meanwhile, and the logs of what is not well.
 */
export async function wellBeing(
  seen: Facts,
  ports: ReadPorts,
  { own, aheadMs }: Observed,
  redact: Redact,
): Promise<Facts> {
  const { docker } = ports;
  const host = hostOfEngine(docker.endpoint.address);
  const draft = new FactsDraft(seen);
  const phases = [backendPhase(), grafanaHealth(), configUiHealth()];
  await collect(draft, redact, phases, () => healthFacts(draft.facts(), host, ports.http));
  let known: KnownLogs = new Map();
  await Promise.all([
    collect(draft, redact, [backendData()], () => dataFacts(draft.facts(), host, ports)),
    collect(draft, redact, [], async () => {
      known = await migrationLogs(draft.facts(), own, docker);
      return migrationFacts(draft.facts(), known);
    }),
    collect(draft, redact, [], () => diskFacts(draft.facts(), own, docker, engineTime(ports, aheadMs))),
  ]);
  await collect(draft, redact, [restartedLately()], async () => {
    const again = await lookAgain(own, docker);
    const names = restartedSince(draft.facts(), own, again, engineTime(ports, aheadMs));
    return new FactsDraft().set(restartedLately(), names).facts();
  });
  const isWell = healthReports(draft.facts()).every(({ healthy }) => healthy);
  const troubled = own.filter(({ state }) => state !== "created" && !(state === "running" && isWell));
  await collect(draft, redact, [], () => logFacts(docker, troubled, redact, known));
  return draft.facts();
}

/** The quick look of those who poll: nothing of the data, and no log. */
export async function phaseFacts(seen: Facts, ports: ReadPorts, { own, aheadMs }: Observed): Promise<Facts> {
  const health = await healthFacts(seen, hostOfEngine(ports.docker.endpoint.address), ports.http);
  const draft = new FactsDraft(seen).merge(health);
  if (serviceOfRole(seen, "backend") !== undefined) draft.set(backendData(), { status: "not_asked" });
  return draft.set(restartedLately(), restartedSince(seen, [], own, engineTime(ports, aheadMs))).facts();
}

function engineTime({ clock }: ReadPorts, aheadMs: number): number {
  return clock.now().getTime() + aheadMs;
}

async function dataFacts(facts: Facts, host: string, { http, clock }: ReadPorts): Promise<Facts> {
  const draft = new FactsDraft();
  if (serviceOfRole(facts, "backend") === undefined) return draft.facts();
  const port = runningPort(facts, "backend");
  if (readFact(facts, backendPhase()) !== "ready" || port === undefined)
    return draft.set(backendData(), { status: "not_asked" }).facts();
  const get = (path: string, timeoutMs: number) =>
    http.get(`http://${addressOf(facts, "backend", host)}:${port}${path}`, timeoutMs);
  const patience = isCutOff(facts, "database") ? { patienceMs: CUT_OFF_PATIENCE_MS } : {};
  return draft.set(backendData(), await readBackendData(get, clock, patience)).facts();
}

/** The log of a backend that says it migrates, or that it waits for that, perhaps for the second time. */
async function migrationLogs(
  facts: Facts,
  own: readonly ContainerDetails[],
  docker: DockerReader,
): Promise<KnownLogs> {
  const service = serviceOfRole(facts, "backend")?.service ?? "";
  const container = chosenContainer(own, service);
  const phase = readFact(facts, backendPhase());
  if (container === undefined || (phase !== "migrating" && phase !== "waiting_for_migration"))
    return new Map();
  return new Map([[container.id, await migrationLog(docker, container.id)]]);
}

function migrationFacts(facts: Facts, logs: KnownLogs): Facts {
  const draft = new FactsDraft();
  if (readFact(facts, backendPhase()) !== "migrating") return draft.facts();
  const says = [...logs.values()].map(migrationInLog).find((said) => said !== undefined);
  return says === undefined ? draft.facts() : draft.set(backendMigration(), says).facts();
}

/** A database whose disk is full goes on answering whoever only reads. */
async function diskFacts(
  facts: Facts,
  own: readonly ContainerDetails[],
  docker: DockerReader,
  now: number,
): Promise<Facts> {
  const draft = new FactsDraft();
  const container = chosenContainer(own, serviceOfRole(facts, "database")?.service ?? "");
  if (container?.state !== "running") return draft.facts();
  const isFull = (await docker.logs(container.id, DATABASE_TAIL)).some((line) => {
    const [, day = "", time = ""] = /^(\d{4}-\d\d-\d\d)[T ]([\d:.]{8,20})/.exec(line) ?? [];
    // MariaDB and PostgreSQL name no zone, or one by its letters: containers have UTC.
    const written = Date.parse(`${day}T${time}Z`);
    return diskFull.test(line) && now - written < STILL_FULL_MS;
  });
  return isFull ? draft.set(databaseDiskFull(), true).facts() : draft.facts();
}

async function lookAgain(
  own: readonly ContainerDetails[],
  docker: DockerReader,
): Promise<readonly ContainerDetails[]> {
  const alive = own.filter(({ state }) => state === "running" || state === "restarting");
  return await inspectEach(docker, alive);
}

/**
 * Services whose container was started anew between the first look and the second, and those whose last restart is,
 * by `now` of the engine's clock, too young to say that they stay up. What answers over HTTP says so itself: a backend
 * that reads its data is up, however often it was started anew while it waited for its database.
 */
function restartedSince(
  facts: Facts,
  first: readonly ContainerDetails[],
  second: readonly ContainerDetails[],
  now: number,
): string[] {
  const moved = second.filter((container) => {
    const { id, restarts, startedAt, labels } = container;
    const before = first.find((other) => other.id === id);
    const role = readFact(facts, serviceRole(labels[SERVICE_LABEL] ?? "")) ?? "other";
    const answers = role === "backend" || role === "grafana" || role === "config-ui";
    const isYoung =
      !answers && restarts > 0 && startedAt !== undefined && now - startedAt.getTime() < STEADY_AFTER_MS;
    return isYoung || (before !== undefined && isOther(before, container));
  });
  return [...new Set(moved.map(({ labels }) => labels[SERVICE_LABEL] ?? ""))].sort();
}

function isOther(before: ContainerDetails, after: ContainerDetails): boolean {
  return (
    before.restarts !== after.restarts ||
    before.startedAt?.getTime() !== after.startedAt?.getTime() ||
    (before.state === "running" && after.state !== "running")
  );
}

async function collect(
  draft: FactsDraft,
  redact: Redact,
  refs: readonly FactRef<unknown>[],
  collector: () => Promise<Facts>,
): Promise<void> {
  try {
    draft.merge(await collector());
  } catch (thrown) {
    for (const ref of refs) draft.unavailable(ref, redact(errorText(thrown)));
  }
}
