import { readFact, type Facts } from "../../../core/fact.ts";
import {
  containerExitCode,
  containerHealth,
  containerOomKilled,
  containerRestarts,
  containerState,
  databaseDiskFull,
  restartedLately,
} from "../facts/local-facts.ts";
import type { DatabaseCause } from "../causes/database-cause.ts";
import { databaseCauseOf, errorSinceUp } from "../causes/database-causes.ts";
import { keepsFromComingUp } from "./database-not-up.ts";
import { serviceOfRole } from "../facts/service-role.ts";

/** Longer than any life of a container that loops, but for one whose back-off the Engine has reset. */
export const STEADY_AFTER_MS = 10_000;

export interface Trouble {
  /** Goes behind "service is ". */
  readonly what: string;
  /** Facts that show it. */
  readonly evidence: readonly string[];
}

/** Why a service that DevLake needs is in no good state; undefined when it runs and stays up. */
export function troubleOf(facts: Facts, service: string): Trouble | undefined {
  const state = readFact(facts, containerState(service));
  const shown = (what: string, ...more: readonly string[]): Trouble => {
    return { what, evidence: [containerState(service).id, ...more] };
  };
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  if (state === undefined) return shown("not seen");
  const isLate = (readFact(facts, restartedLately()) ?? []).includes(service);
  // One thing, seen between two starts or just after one. Podman never says that a container is restarting: it runs,
  // and its count grows.
  if (state === "restarting" || (state === "running" && isLate))
    return shown(`not staying up (restarts: ${restarts})`, containerRestarts(service).id);
  if (state !== "running") return shown(state);
  const health = readFact(facts, containerHealth(service));
  // What a health check says is text of the deployment: only the Engine's own words count.
  if (health === "unhealthy" || health === "starting")
    return shown(
      health === "starting" ? "not yet healthy by its health check" : "unhealthy by its health check",
      containerHealth(service).id,
    );
  if (readFact(facts, containerOomKilled(service)) === true)
    return shown(
      "running, but the kernel ended a part of it for want of memory",
      containerOomKilled(service).id,
    );
  if (serviceOfRole(facts, "database")?.service === service && readFact(facts, databaseDiskFull()) === true)
    return shown("running, but can write no more: its disk is full", databaseDiskFull().id);
  return undefined;
}

/** Stopped from outside: by a signal, or by the engine when it was shut down. */
export const fromOutside: ReadonlySet<number> = new Set([0, 137, 143]);

/** This often a sound database is not started anew. */
const SOUND_RESTARTS = 2;

export interface DatabaseTrouble extends Trouble {
  readonly service: string;
  readonly cause: DatabaseCause | undefined;
  /** Nothing says that it cannot come up by itself. */
  readonly mayPass: boolean;
}

function notComingUp(facts: Facts, service: string): Trouble | undefined {
  const line = keepsFromComingUp(facts, service);
  if (line === undefined) return undefined;
  return { what: "running, but does not come up", evidence: [containerState(service).id, line] };
}

/** A database that runs, or is started again and again, and does not stay up. Stopped ones are another matter. */
export function databaseTrouble(facts: Facts): DatabaseTrouble | undefined {
  const service = serviceOfRole(facts, "database")?.service;
  const state = service === undefined ? undefined : readFact(facts, containerState(service));
  if (service === undefined || (state !== "running" && state !== "restarting")) return undefined;
  const trouble = troubleOf(facts, service) ?? notComingUp(facts, service);
  if (trouble === undefined) return undefined;
  const cause = databaseCauseOf(facts, service);
  const health = readFact(facts, containerHealth(service));
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  // What it died of is not known here, and has not passed: to wait, or to start it, is no more than a hope.
  const diedOf = restarts > 0 && cause === undefined ? errorSinceUp(facts, service) : undefined;
  const code = state === "restarting" ? (readFact(facts, containerExitCode(service)) ?? 0) : 0;
  const mayPass =
    cause === undefined &&
    diedOf === undefined &&
    fromOutside.has(code) &&
    health !== "unhealthy" &&
    readFact(facts, containerOomKilled(service)) !== true &&
    readFact(facts, databaseDiskFull()) !== true &&
    restarts <= SOUND_RESTARTS;
  const evidence = diedOf === undefined ? trouble.evidence : [...trouble.evidence, diedOf];
  return { ...trouble, evidence, service, cause, mayPass };
}
