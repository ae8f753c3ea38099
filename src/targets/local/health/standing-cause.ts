import { readFact, type Facts } from "../../../core/fact.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import {
  backendMigration,
  backendPhase,
  backendSecret,
  containerError,
  containerExitCode,
  containerFoundDead,
  containerNetworkMissing,
  containerOomKilled,
  containerRestarts,
  containerState,
  grafanaHealth,
  serviceRole,
} from "../facts/local-facts.ts";
import { stages } from "../causes/cause-patterns.ts";
import { databaseCauseOf } from "../causes/database-causes.ts";
import { logCauseOf, looksLikeCause, progressBeyond, type LogCause } from "../causes/log-causes.ts";
import { portErrorOf } from "../causes/port-error.ts";
import { refusedStart } from "../causes/refused-start.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import type { Attempt, StandingCause } from "../causes/attempt.ts";
import { fromOutside } from "./service-trouble.ts";

/** A handful of restarts while MySQL comes up is how DevLake waits for it: one connection try, then exit. */
const USUAL_RESTARTS = 5;
/** Docker doubles the pause between two starts up to a minute: by now some minutes have passed. */
const PATIENT_RESTARTS = 12;

/** The cause that would stand after the attempt; undefined when the attempt addresses it, or nothing is wrong. */
export function standingCause(facts: Facts, service: string, attempt: Attempt): StandingCause | undefined {
  const state = readFact(facts, containerState(service));
  if (state === "running" || state === "restarting") return whileItLoops(facts, service, attempt);
  if (state !== "exited" && state !== "created") return undefined;
  const refused = refusedStart(facts, service, attempt.how);
  return refused ?? (state === "exited" ? whenStopped(facts, service, attempt) : undefined);
}

function whileItLoops(facts: Facts, service: string, attempt: Attempt): StandingCause | undefined {
  const role = readFact(facts, serviceRole(service));
  if (role === "grafana") {
    if (readFact(facts, grafanaHealth()) === "healthy" || restartsOf(facts, service) === 0) return undefined;
    const found = logCauseOf(facts, service, role);
    return found === undefined ? undefined : known(service, found, [grafanaHealth().id]);
  }
  if (role !== "backend") return undefined;
  const phase = readFact(facts, backendPhase());
  if (phase === undefined || phase === "ready") return undefined;
  const restarts = restartsOf(facts, service);
  if (readFact(facts, containerOomKilled(service)) === true && restarts > 0)
    return outOfMemory(service, [backendPhase().id, containerRestarts(service).id]);
  const cause = logCauseOf(facts, service, role);
  if (phase === "migrating" && cause === undefined && readFact(facts, backendMigration()) === "failed")
    return {
      service,
      class: "migration_failed",
      cause: "it says that it migrates its database, but the migration failed",
      isUnknown: false,
      evidence: [backendPhase().id, backendMigration().id],
      nextSteps: ["back up the database before you go on; do not start the migration a second time"],
    };
  if (cause === undefined)
    return restarts <= USUAL_RESTARTS ||
      startsDatabase(facts, attempt) ||
      connects(service, attempt) ||
      presentLifeGoesOn(facts, service) !== undefined
      ? undefined
      : unknown(facts, service, "it says no reason");
  // A life that is begun by hand may end otherwise than the one before.
  const isPresent = cause.isOfLastLife && !attempt.started.includes(service);
  const isProven = restarts > 0 || isPresent || readFact(facts, containerState(service)) === "restarting";
  if (!isProven || isAddressed(facts, service, cause, restarts, attempt)) return undefined;
  return known(service, cause, [backendPhase().id]);
}

function restartsOf(facts: Facts, service: string): number {
  return readFact(facts, containerRestarts(service)) ?? 0;
}

/** The log line that shows that a backend which runs has found its database in its present life. */
export function presentLifeGoesOn(facts: Facts, service: string): string | undefined {
  return readFact(facts, containerState(service)) === "running"
    ? progressBeyond(stages.connect, facts, service, "backend")
    : undefined;
}

/** Where a backend has been restarted so often that a loop is to be ruled out: the line that shows that it has found its database. */
export function connectedLines(facts: Facts): readonly string[] {
  const backend = serviceOfRole(facts, "backend")?.service;
  if (backend === undefined || restartsOf(facts, backend) <= USUAL_RESTARTS) return [];
  const line = progressBeyond(stages.connect, facts, backend, "backend");
  return line === undefined ? [] : [line];
}

/** Off its network it could not find the database, however often it was restarted and whatever its log says. */
function connects(service: string, { how, started }: Attempt): boolean {
  return how === "connect" && started.includes(service);
}

/** Without its database a backend ends again and again; that needs no word of its log. */
function startsDatabase(facts: Facts, { started }: Attempt): boolean {
  const database = serviceOfRole(facts, "database")?.service;
  return database !== undefined && started.includes(database);
}

function whenStopped(facts: Facts, service: string, attempt: Attempt): StandingCause | undefined {
  const code = readFact(facts, containerExitCode(service)) ?? 0;
  if (readFact(facts, containerOomKilled(service)) === true)
    return outOfMemory(service, [containerExitCode(service).id]);
  const role = readFact(facts, serviceRole(service)) ?? "other";
  const tells = role === "backend" || role === "grafana";
  // The engine writes 128 when it cannot start a container, as where its network is gone: the process never ran.
  const neverRan = code === 128 && readFact(facts, containerNetworkMissing(service)) === true;
  // 255 is what the engine writes of those that it finds dead, as after a crash of the host; a process may write it too.
  const foundDead = readFact(facts, containerFoundDead(service)) === true;
  // A start addresses what was stopped from outside.
  const isByItself = !fromOutside.has(code) && !neverRan && !foundDead;
  // A log alone decides nothing: it has ended by itself too, or did so before somebody stopped it.
  const mayTell = tells && (isByItself || foundDead || restartsOf(facts, service) > 0);
  const cause = mayTell ? logCauseOf(facts, service, role) : undefined;
  if (cause !== undefined && !isAddressed(facts, service, cause, 0, attempt))
    return known(service, cause, []);
  const damage = role === "database" && isByItself ? databaseCauseOf(facts, service) : undefined;
  if (damage !== undefined)
    return {
      ...damage,
      service,
      isUnknown: false,
      evidence: [containerExitCode(service).id, damage.evidence],
    };
  const endings =
    isByItself && (code === 126 || code === 127) ? windowsLineEnding(facts, service) : undefined;
  if (endings !== undefined) return lineEndings(service, endings);
  // A start that failed on a port leaves the old exit code: it says nothing of that start.
  const isPort = portErrorOf(readFact(facts, containerError(service))) !== undefined;
  const wantsDatabase = role === "backend" && startsDatabase(facts, attempt);
  return cause === undefined && isByItself && !isPort && !wantsDatabase
    ? unknown(
        facts,
        service,
        code === 255 ? unexplained : `it ended by itself, exit ${code}, for a reason that is not known here`,
      )
    : undefined;
}

const unexplained = "it ended with exit 255, and nothing shows that the engine or its host ended with it";

function isAddressed(
  facts: Facts,
  service: string,
  cause: LogCause,
  restarts: number,
  attempt: Attempt,
): boolean {
  const { how, started } = attempt;
  if (cause.missesSecret === true) return how === "up" && readFact(facts, backendSecret()) === "set";
  if (cause.waitsForDatabase !== true) return false;
  if (connects(service, attempt)) return true;
  const database = serviceOfRole(facts, "database")?.service;
  if (database !== undefined && started.includes(database)) return true;
  const isUp = database === undefined || readFact(facts, containerState(database)) === "running";
  return isUp && restarts <= PATIENT_RESTARTS;
}

function known(service: string, cause: LogCause, evidence: readonly string[]): StandingCause {
  return {
    service,
    class: cause.class,
    cause: cause.cause,
    isUnknown: cause.nextSteps.length === 0,
    evidence: [...evidence, cause.evidence, ...cause.besides],
    nextSteps: cause.nextSteps,
  };
}

function outOfMemory(service: string, evidence: readonly string[]): StandingCause {
  return {
    service,
    class: "oom_killed",
    cause: "the kernel ended it for want of memory",
    isUnknown: false,
    evidence: [...evidence, containerOomKilled(service).id],
    nextSteps: [
      `give it more memory, or it will end the same way: \`docker stats\` shows what ${service} and the others use`,
    ],
  };
}

/** A shell names the carriage return behind the name of a program or script; kernels and shells write it in these ways. */
const carriageReturn =
  /(?:\\r|\^M|\r)['"]?:? .{0,40}(?:not found|no such file)|bad interpreter|(?:\\r|\^M)['"]?: /i;

function windowsLineEnding(facts: Facts, service: string): string | undefined {
  return logLinesOf(facts, service).findLast((ref) => carriageReturn.test(readFact(facts, ref) ?? ""))?.id;
}

function lineEndings(service: string, line: string): StandingCause {
  return {
    service,
    class: "script_line_endings",
    cause:
      "a script that it starts with has Windows line endings, so the program in its first line is not found",
    isUnknown: false,
    evidence: [containerExitCode(service).id, line],
    nextSteps: [
      "save the script that its log names with Unix line endings (`sed -i 's/\\r$//' SCRIPT`); in a checkout on Windows, `git config core.autocrlf input` keeps them",
      `where the script is in an image that is built here, build it again: \`docker compose build ${service}\``,
    ],
  };
}

/** Log lines that a person is shown when nothing in them is known. */
const LINES_SHOWN = 3;

function unknown(facts: Facts, service: string, cause: string): StandingCause {
  const role = readFact(facts, serviceRole(service)) ?? "other";
  const lines = logLinesOf(facts, service)
    .filter((ref) => {
      const text = readFact(facts, ref) ?? "";
      return text.trim() !== "" && !looksLikeCause(text, role);
    })
    .slice(-LINES_SHOWN);
  return {
    service,
    class: "unknown",
    cause,
    isUnknown: true,
    evidence: [
      ...[containerExitCode(service).id].filter((id) => facts.has(id)),
      ...lines.map(({ id }) => id),
    ],
    nextSteps: [],
  };
}
