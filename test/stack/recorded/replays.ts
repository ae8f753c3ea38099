import { notReplayed, skipped } from "./not-replayed.ts";
import type { Ask, Recording } from "./recordings.ts";

type Rows =
  | "connections"
  | "second connection"
  | "no second connection"
  | "project"
  | "blueprint"
  | "pipeline";

/** What is done to the database before a start, or between two requests. */
export type Step =
  | { readonly migrate: true }
  | { readonly database: true }
  | { readonly backend: true }
  | { readonly sql: readonly string[] }
  | {
      readonly rows: readonly Rows[];
      readonly secret?: string;
      readonly enable?: boolean;
      readonly manual?: boolean;
    }
  | { readonly cut: true }
  | { readonly mend: true }
  | { readonly hang: true }
  | { readonly wait: true };

/** `background`: the next request does not wait for its answer, only until the backend migrates. */
type AskedFor = Ask & { readonly background?: true };

export interface Replay {
  /** Whose environment and start this is; its own name where nothing is said. */
  readonly start: string;
  /** The file whose exchanges are asked for. */
  readonly answers?: string;
  readonly prepare: readonly Step[];
  readonly env?: Readonly<Record<string, string>>;
  /** Requests, where they are not those of `answers` in their order. */
  readonly requests?: readonly (AskedFor | Step)[];
  readonly proxy?: true;
  /** What the recording wrote stands in `prepare`. */
  readonly writesBefore?: true;
  /** Streams that the recording fills with what is not asked for here. */
  readonly without?: readonly ("stdout" | "answering" | "stderr")[];
}

const migrated: readonly Step[] = [{ migrate: true }];
const everything: Step = { rows: ["connections", "project", "blueprint", "pipeline"] };
const gate: Step = { sql: ["DELETE FROM _devlake_migration_history WHERE script_name = 'addDomainTables'"] };
const failing = {
  STANDIN_FAILING_SCRIPT: "addDomainTables",
  STANDIN_FAILING_STATEMENT: "ALTER TABLE `cicd_deployments` RENAME COLUMN `name` TO `name_`",
};
const otherSecret = "B".repeat(32);
const get = (path: string): Ask => ({ method: "GET", path });

const secretStates: Readonly<Record<string, Step>> = {
  "connections-only": { rows: ["connections", "project"] },
  "disabled-blueprint": { rows: ["connections", "project", "blueprint", "pipeline"], enable: false },
  "manual-blueprint": { rows: ["connections", "project", "blueprint", "pipeline"], manual: true },
  "enabled-blueprint": everything,
};

const named: Readonly<Record<string, Omit<Replay, "start">>> = {
  "start-port-empty": { prepare: [{ database: true }], env: { PORT: "" } },
  "start-port-invalid": { prepare: migrated },
  "start-port-too-big": { prepare: migrated },
  // The database has this one.
  "start-port-taken": { prepare: migrated, env: { PORT: "3306" } },
  "start-mode-invalid": { prepare: migrated },
  "start-logdir-unwritable": { prepare: migrated },
  "start-plugin-dir-missing": { prepare: migrated },
  "start-plugin-not-elf": { prepare: migrated },
  "start-db-url-no-parsetime": { prepare: [{ database: true }] },
  "second-backend-on-same-db-v1.0.2": { prepare: [...migrated, { backend: true }] },
  "mysql97-ok": { prepare: [{ database: true }] },
  "mysql97-tls-skip-verify": { prepare: migrated },
  "mysql97-tls-true": { prepare: migrated },
  "postgres-refused": { prepare: [] },
  "postgres-unknown-host": { prepare: [] },
  "force-migration-ok-main": { prepare: [...migrated, gate, everything], requests: [get("/ready")] },
  "migration-fails-force-start-main": { prepare: [...migrated, gate], env: failing },
  "migration-fails-force-no-stacktrace-main": { prepare: [...migrated, gate], env: failing },
  "migration-fails-table-missing-start-main": {
    answers: "migration-fails-table-missing-main",
    prepare: [...migrated, gate],
    env: failing,
  },
  "gate-and-failed-migration-no-stacktrace-start-main": {
    answers: "gate-and-failed-migration-no-stacktrace-main",
    prepare: [...migrated, gate],
    env: failing,
  },
  "gate-wrong-secret-start-main": {
    answers: "gate-wrong-secret-main",
    prepare: [...migrated, gate, everything],
  },
  "failing-migration-start-v0.21": { answers: "failing-migration-v0.21", prepare: [...migrated, gate] },
  "failing-migration-start-v1.0.1": {
    answers: "failing-migration-v1.0.1",
    prepare: [...migrated, gate],
    env: failing,
  },
  "first-migration-killed-next-start-v1.0.2": {
    answers: "first-migration-killed-answers-v1.0.2",
    prepare: [
      ...migrated,
      { sql: ["DELETE FROM _devlake_migration_history WHERE script_version > 20220500000000"] },
    ],
  },
  "auth-start-auth-on-no-oidc-main": { prepare: migrated },
  "auth-start-auth-off-main": { answers: "auth-auth-off-main", prepare: [...migrated, gate, everything] },
  "auth-start-auth-on-session-secret-main": {
    answers: "auth-auth-on-session-secret-main",
    prepare: [...migrated, everything],
    env: { SESSION_SECRET: "S".repeat(40) },
  },
  "database-down-while-running-v1.0.2": {
    answers: "database-down-while-running-v1.0.2-answers",
    prepare: [...migrated, everything],
    proxy: true,
    // It says every second that the database is away.
    without: ["stdout"],
  },
  "gate-start-main-on-v1.0.2-db": {
    answers: "gate-waiting-main-on-v1.0.2-db",
    prepare: [...migrated, gate, everything],
    // Other requests followed in the recording.
    without: ["stdout", "stderr"],
  },
};

/** Exchanges whose start was not recorded beside them: the environment is that of another start of the release. */
const answersAlone: Readonly<Record<string, Replay>> = {
  "gate-proceed-main-on-v1.0.2-db": {
    start: "gate-start-main-on-v1.0.2-db",
    prepare: [...migrated, gate, everything],
    env: { STANDIN_SLOW_SCRIPT_SECONDS: "1" },
    requests: [
      { ...get("/proceed-db-migration"), background: true },
      ...["/ready", "/ping", "/health", "/plugins", "/proceed-db-migration"].map(get),
      { wait: true },
      ...[
        "/ready",
        "/health",
        "/plugins",
        "/plugins/github/connections",
        "/proceed-db-migration",
        "/blueprints",
      ].map(get),
    ],
    without: ["stdout", "stderr"],
  },
  "gate-v0.21": {
    start: "failing-migration-start-v0.21",
    prepare: [...migrated, gate],
    env: { STANDIN_SLOW_SCRIPT_SECONDS: "1" },
    requests: [
      ...[
        "/ping",
        "/ready",
        "/version",
        "/health",
        "/plugins",
        "/blueprints",
        "/nosuch",
        "/rest/plugins",
        "/store/onboard",
      ].map(get),
      { method: "HEAD", path: "/ping" },
      { method: "HEAD", path: "/x" },
    ],
    without: ["stdout", "stderr"],
  },
  "gate-v1.0.1": {
    start: "failing-migration-start-v1.0.1",
    prepare: [...migrated, gate],
    // It ran beside another, so that what it made was there twice.
    env: { STANDIN_FAILING_SCRIPT: failing.STANDIN_FAILING_SCRIPT, STANDIN_SLOW_SCRIPT_SECONDS: "1" },
    requests: [
      ...[
        "/ping",
        "/ready",
        "/version",
        "/health",
        "/plugins",
        "/blueprints",
        "/nosuch",
        "/rest/plugins",
        "/store/onboard",
      ].map(get),
      { method: "HEAD", path: "/ping" },
      { method: "HEAD", path: "/x" },
      { ...get("/proceed-db-migration"), background: true },
      get("/proceed-db-migration"),
      { wait: true },
      ...["/ready", "/plugins", "/proceed-db-migration"].map(get),
    ],
    without: ["stdout", "stderr"],
  },
  "connections-blueprint-pipeline-v1.0.2": {
    start: "secret-restored-mixed-rows-start-v1.0.2",
    answers: "connections-blueprint-pipeline-v1.0.2",
    writesBefore: true,
    prepare: [...migrated, everything],
    without: ["stdout", "stderr"],
  },
  "mysql97-stopped-while-running": {
    start: "mysql97-tls-skip-verify",
    prepare: [...migrated, everything],
    proxy: true,
    requests: [
      { cut: true },
      ...["/ping", "/ready", "/health", "/plugins/github/connections", "/pipelines"].map(get),
    ],
    without: ["stdout", "stderr"],
  },
  "secret-mixed-rows-v1.0.2": {
    start: "secret-restored-mixed-rows-start-v1.0.2",
    prepare: [
      ...migrated,
      { rows: ["connections", "project"] },
      { rows: ["second connection"], secret: otherSecret },
    ],
    requests: [
      "/plugins/github/connections",
      "/plugins/github/connections/1",
      "/plugins/github/connections/2",
      "/health",
    ].map(get),
    without: ["stdout", "stderr"],
  },
};

export function replayOf(name: string): Replay | undefined {
  if (name in notReplayed) return undefined;
  const alone = answersAlone[name];
  if (alone) return alone;
  const given = named[name];
  if (given) return { start: name, ...given };
  const first = /^first-start-empty-db-(.*)$/.exec(name);
  if (first)
    return {
      start: name,
      answers: `first-start-answers-${first[1]}`,
      prepare: [{ database: true }],
      // More was asked for after the answers.
      ...(/^v0|^v1.0.1/.test(first[1] ?? "") && { without: ["answering"] }),
    };
  const changed = /^secret-changed-(.*-(?:only|blueprint))(?:-no-stacktrace)?-start-(.*)$/.exec(name);
  const state = secretStates[changed?.[1] ?? ""];
  if (changed && state)
    return { start: name, answers: name.replace("-start-", "-"), prepare: [...migrated, state] };
  if (name.startsWith("secret-restored-mixed-rows-start-"))
    return {
      start: name,
      answers: name.replace("-start-", "-"),
      prepare: [...migrated, { rows: ["connections", "project"] }],
    };
  if (name.startsWith("secret-short-secret-empty-db-start-"))
    return { start: name, answers: name.replace("-start-", "-"), prepare: [{ database: true }] };
  if (name.startsWith("secret-short-secret-start-"))
    return { start: name, prepare: [...migrated, everything] };
  // Refused before, or by, the database.
  if (/^start-(?:db|secret)-|^mysql97-(?:wrong|empty|missing)/.test(name))
    return { start: name, prepare: [] };
  return undefined;
}

/** The requests of a recording; what it wrote between them is written into the database instead. */
export function requestsOf(recording: Recording, { proxy: proxied, writesBefore }: Replay): (Ask | Step)[] {
  const found: (Ask | Step)[] = [];
  let stopped = false;
  for (const exchange of recording.exchanges ?? []) {
    if (
      !writesBefore &&
      exchange.method === "POST" &&
      exchange.path === "/plugins/github/connections" &&
      exchange.shape.startsWith("201")
    )
      found.push({ rows: ["second connection"], secret: otherSecret });
    if (exchange.method === "DELETE") found.push({ rows: ["no second connection"] });
    if (proxied && !stopped && exchange.note === "database stopped") {
      found.push({ cut: true });
      stopped = true;
    }
    if (proxied && stopped && exchange.note === "database back") {
      found.push({ mend: true });
      stopped = false;
    }
    if (skipped(exchange) === undefined)
      found.push({
        method: exchange.method,
        path: exchange.path,
        ...(exchange.headers && { headers: exchange.headers }),
      });
  }
  return found;
}
