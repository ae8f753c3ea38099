import { readFact, type Facts } from "../../../core/fact.ts";
import type { Look } from "../../family.ts";
import { ownErrors, questionsWith } from "./data-health.ts";
import {
  backendData,
  backendHangs,
  backendMigration,
  backendPhase,
  containerRestarts,
  containerState,
  databaseHost,
} from "../facts/local-facts.ts";
import { databaseCauseOf } from "../causes/database-causes.ts";
import { keepsFromComingUp } from "./database-not-up.ts";
import { logCauseOf } from "../causes/log-causes.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import { databaseTrouble } from "./service-trouble.ts";

/** Milliseconds until the next whole look, after so many: each reads logs and data, and none is more than 10 s away. */
export function lookAfterMs(looks: number): number {
  return Math.min(8_000, 1_000 * 2 ** looks);
}

/** What is down for so long has nobody who starts it: Compose is done, and the Engine's pauses are "restarting". */
const NOBODY_STARTS_IT_MS = 3_000;
/** A sound database is not started anew so often within one wait. */
const LOOPS_AFTER = 3;

/**
 * Why health cannot come, however long one waits; undefined while it may. A backend that finds no database yet
 * ("connection refused", "no such host") is the normal first minute and a half of a start, with eight or nine
 * restarts, and no reason. `looks`: those of one wait, the oldest first.
 */
export function whyItCannotCome(looks: readonly Look[]): string | undefined {
  const last = looks.at(-1)?.facts;
  if (last === undefined) return undefined;
  return (
    migrationStands(last) ??
    dataStaysUnread(looks) ??
    hangs(looks) ??
    staysDown(looks) ??
    databaseLoops(looks) ??
    serviceLoops(looks, "backend") ??
    serviceLoops(looks, "grafana")
  );
}

function migrationStands(facts: Facts): string | undefined {
  const phase = readFact(facts, backendPhase());
  if (phase === "waiting_for_migration")
    return "the backend waits for somebody to confirm a database migration";
  return phase === "migrating" && readFact(facts, backendMigration()) === "failed"
    ? "the backend says that it migrates its database, but by its log the migration has failed, and nothing goes on"
    : undefined;
}

function dataStaysUnread(looks: readonly Look[]): string | undefined {
  const [before, last] = looks.slice(-2).map(({ facts }) => readFact(facts, backendData()));
  const now = looks.length === 1 ? before : last;
  if (now?.status !== "asked") return undefined;
  const unread = questionsWith(now, "secret");
  if (unread.length > 0)
    return `ENCRYPTION_SECRET is not the one that these were written with: ${unread.join(", ")}`;
  if (looks.length === 1 || before?.status !== "asked") return undefined;
  const silent = questionsWith(now, "silent");
  if (silent.length > 0 && questionsWith(before, "silent").length > 0)
    return `the database takes connections and does not answer: no answer in time for ${silent.join(", ")}`;
  const broken = brokenDatabase(looks);
  if (broken !== undefined) return broken;
  const failing = ownErrors(now);
  return failing.length > 0 && ownErrors(before).join() === failing.join()
    ? `the backend fails again and again at ${failing.join(", ")}`
    : undefined;
}

/** Its container may run on meanwhile, as PostgreSQL's does while its processes end again and again. */
function brokenDatabase(looks: readonly Look[]): string | undefined {
  const failed = looks.slice(-2).every(({ facts }) => {
    const data = readFact(facts, backendData());
    return data?.status === "asked" && questionsWith(data, "database").length > 0;
  });
  const last = looks.at(-1)?.facts;
  const service = last === undefined ? undefined : serviceOfRole(last, "database")?.service;
  if (!failed || last === undefined || service === undefined) return undefined;
  const cause = databaseCauseOf(last, service)?.cause;
  return cause === undefined ? undefined : `the backend cannot read its database ${service}: ${cause}`;
}

function hangs(looks: readonly Look[]): string | undefined {
  const [before, last] = looks.slice(-2).map(({ facts }) => readFact(facts, backendHangs()));
  return before === true && last === true ? "the backend takes connections and does not answer" : undefined;
}

function staysDown(looks: readonly Look[]): string | undefined {
  const last = looks.at(-1);
  if (last === undefined) return undefined;
  for (const service of servicesToRun(last.facts)) {
    const down = looks.slice(looks.findLastIndex(({ facts }) => isUp(facts, service)) + 1);
    const since = down[0]?.at;
    if (since === undefined || last.at - since < NOBODY_STARTS_IT_MS) continue;
    return `${service} is ${readFact(last.facts, containerState(service)) ?? "not seen"}, and nothing starts it`;
  }
  return undefined;
}

/** Not known counts as up: an engine that did not answer says nothing of its containers. */
function isUp(facts: Facts, service: string): boolean {
  return ["running", "restarting", undefined].includes(readFact(facts, containerState(service)));
}

/** How often the Engine has started it anew since the first look; less than none when it is another container. */
function restartsSince(looks: readonly Look[], service: string): number {
  const [first, last] = [looks[0], looks.at(-1)].map((look) =>
    look === undefined ? undefined : (readFact(look.facts, containerRestarts(service)) ?? 0),
  );
  return (last ?? 0) - (first ?? 0);
}

function databaseLoops(looks: readonly Look[]): string | undefined {
  const last = looks.at(-1);
  const trouble = last === undefined ? undefined : databaseTrouble(last.facts);
  if (trouble === undefined) return undefined;
  const restarts = restartsSince(looks, trouble.service);
  if (trouble.cause !== undefined && restarts > 0)
    return `${trouble.service} stops again and again: ${trouble.cause.cause}`;
  const stays = looks
    .slice(-2)
    .filter(({ facts }) => keepsFromComingUp(facts, trouble.service) !== undefined);
  if (trouble.cause !== undefined && stays.length === 2)
    return `${trouble.service} runs and does not come up: ${trouble.cause.cause}`;
  return restarts >= LOOPS_AFTER ? `${trouble.service} stops again and again` : undefined;
}

function serviceLoops(looks: readonly Look[], role: ServiceRole): string | undefined {
  const last = looks.at(-1);
  const service = last === undefined ? undefined : serviceOfRole(last.facts, role)?.service;
  if (last === undefined || service === undefined) return undefined;
  // What an earlier life died of may be cured by now: it has to die once more.
  if (restartsSince(looks, service) < 1) return undefined;
  const cause = logCauseOf(last.facts, service, role);
  if (cause === undefined) return undefined;
  const mayPass =
    cause.unknownHost === true
      ? readFact(last.facts, databaseHost())?.bearer !== "nobody"
      : cause.waitsForDatabase === true;
  if (mayPass) return undefined;
  return `${service} stops again and again: ${cause.cause}`;
}
