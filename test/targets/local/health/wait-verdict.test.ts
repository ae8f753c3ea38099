import { describe, expect, test } from "vitest";
import type { FactsDraft, Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { lookAfterMs, whyItCannotCome } from "../../../../src/targets/local/health/wait-verdict.ts";
import { type Look } from "../../../../src/targets/family.ts";
import { lastWords, wellFacts, withData } from "../rules/written-facts.ts";

/** A backend between two starts; its last words as DevLake v1.0.2 was recorded to write them. */
function backend(restarts: number, ...lines: readonly string[]): FactsDraft {
  const draft = wellFacts()
    .set(local.backendPhase(), "no_answer")
    .set(local.backendData(), { status: "not_asked" })
    .set(local.containerState("devlake"), "restarting")
    .set(local.containerRestarts("devlake"), restarts)
    .set(local.restartedLately(), ["devlake"])
    .set(local.databaseHost(), { host: "mysql", bearer: "service" });
  lines.forEach((line, index) => draft.set(local.logLine("devlake", index + 1), line));
  return draft;
}

function looks(...facts: readonly FactsDraft[]): readonly Look[] {
  return facts.map((draft, index) => ({ at: index * 4_000, facts: draft.facts() }));
}

const phase = (now: "waiting_for_migration" | "migrating" | "no_answer"): FactsDraft =>
  wellFacts().set(local.backendPhase(), now).set(local.backendData(), { status: "not_asked" });
const mysql = (restarts: number, ...lines: readonly string[]): FactsDraft => {
  const draft = phase("no_answer")
    .set(local.containerState("mysql"), "restarting")
    .set(local.containerRestarts("mysql"), restarts);
  lines.forEach((line, index) => draft.set(local.logLine("mysql", index + 1), line));
  return draft;
};

const refused = "panic: dial tcp 172.18.0.2:3306: connect: connection refused";
const noSuchHost = "panic: dial tcp: lookup mysql on 127.0.0.11:53: no such host";
/** The first line of each life of the backend. */
const begins = "Version:  v1.0.2@abcdef0";
const wrongPassword =
  "panic: Error 1045 (28000): Access denied for user 'merico'@'172.18.0.5' (using password: YES)";
const wrongSecret = "panic: invalid encryptionSecret; invalid encryptionSecret (500)";
const locked =
  "panic: locking _devlake_locking_stub timeout, the database might be locked by another devlake instance";

describe("health cannot come", () => {
  const hopeless: Readonly<Record<string, readonly [readonly Look[], RegExp]>> = {
    "a migration waits for a person": [looks(phase("waiting_for_migration")), /somebody to confirm/],
    "a migration that has failed": [
      looks(phase("migrating").set(local.backendMigration(), "failed")),
      /the migration has failed/,
    ],
    "a wrong secret, seen through the API": [
      looks(withData({ connections: { github: "secret" } })),
      /ENCRYPTION_SECRET is not the one .*connections of github/,
    ],
    "a database that hangs": [
      looks(withData({ blueprints: "silent" }), withData({ blueprints: "silent", health: "database" })),
      /takes connections and does not answer/,
    ],
    "a plugin that panics": [
      looks(
        withData({ connections: { github: "nothing" } }),
        withData({ connections: { github: "nothing" } }),
      ),
      /fails again and again at connections of github/,
    ],
    "a backend that hangs": [
      looks(
        phase("no_answer").set(local.backendHangs(), true),
        phase("no_answer").set(local.backendHangs(), true),
      ),
      /the backend takes connections and does not answer/,
    ],
    "a paused database": [
      looks(
        phase("no_answer").set(local.containerState("mysql"), "paused"),
        phase("no_answer").set(local.containerState("mysql"), "paused"),
      ),
      /mysql is paused, and nothing starts it/,
    ],
    "a database that has stopped for good": [
      looks(
        phase("no_answer").set(local.containerState("mysql"), "exited"),
        phase("no_answer").set(local.containerState("mysql"), "exited"),
      ),
      /mysql is exited, and nothing starts it/,
    ],
    "a database that loops, whatever it says": [
      looks(mysql(2, "x"), mysql(5, "x")),
      /mysql stops again and again/,
    ],
    "a wrong password": [looks(backend(0, refused), backend(1, refused, wrongPassword)), /refuses its user/],
    "a wrong secret at the start": [looks(backend(0), backend(1, wrongSecret)), /ENCRYPTION_SECRET/],
    "a database that does not exist": [
      looks(backend(0), backend(1, "panic: Error 1049 (42000): Unknown database 'nolake'")),
      /does not exist/,
    ],
    "no right on that database": [
      looks(
        backend(0),
        backend(1, "panic: Error 1044 (42000): Access denied for user 'merico'@'%' to database 'nolake'"),
      ),
      /its user has no right on the database/,
    ],
    "a database that is half initialized": [
      looks(
        backend(0),
        backend(1, "panic: Error 1130: Host '172.20.0.2' is not allowed to connect to this MySQL server"),
      ),
      /takes nobody from its address/,
    ],
    "an invalid DB_URL": [looks(backend(2), backend(3, "panic: invalid DB_URL:x")), /DB_URL/],
    "a second instance": [looks(backend(0), backend(1, locked)), /another DevLake/],
    "a name that nobody bears": [
      looks(
        backend(0),
        backend(1, noSuchHost.replace("mysql", "mysqll")).set(local.databaseHost(), {
          host: "mysqll",
          bearer: "nobody",
        }),
      ),
      /unknown in its network/,
    ],
    "a volume that Grafana may not write to": [
      looks(
        wellFacts().set(local.grafanaHealth(), "no_answer"),
        wellFacts()
          .set(local.grafanaHealth(), "no_answer")
          .set(local.containerRestarts("grafana"), 2)
          .set(local.logLine("grafana", 1), "GF_PATHS_DATA='/var/lib/grafana' is not writable."),
      ),
      /grafana stops again and again/,
    ],
  };

  test.each(Object.entries(hopeless))("%s", (_name, [seen, why]) => {
    expect(whyItCannotCome(seen)).toMatch(why);
  });

  test.each(Object.entries(lastWords).filter(([, [name]]) => name !== "service_unhealthy"))(
    "a database with %s, after one more restart",
    (_name, [, lines]) => {
      expect(whyItCannotCome(looks(mysql(4, ...lines), mysql(5, ...lines)))).toMatch(/^mysql stops again/);
    },
  );
});

describe("health may still come", () => {
  const patient: Readonly<Record<string, readonly Look[]>> = {
    "nothing was looked at": [],
    "all is well": looks(wellFacts()),
    "nine restarts while the database does not take connections": looks(
      ...Array.from({ length: 10 }, (_, restarts) => backend(restarts, refused)),
    ),
    "nine restarts while the database's name is not known yet": looks(
      ...Array.from({ length: 10 }, (_, restarts) => backend(restarts, noSuchHost)),
    ),
    "a name of another network, which may come": looks(
      backend(0, noSuchHost),
      backend(3, noSuchHost).set(local.databaseHost(), { host: "db.example.com", bearer: "elsewhere" }),
    ),
    "what an earlier life died of, before it has died of it again": looks(
      backend(0, wrongPassword),
      backend(0, wrongPassword),
    ),
    "what an earlier life died of, and the last one not": looks(
      backend(3, wrongPassword, begins, refused),
      backend(4, wrongPassword, begins, refused, begins, refused),
    ),
    "a migration that moves": looks(
      phase("migrating").set(local.backendMigration(), "moving"),
      phase("migrating").set(local.backendMigration(), "moving"),
    ),
    "a database that was silent once": looks(
      withData({ blueprints: "silent" }),
      withData({ health: "database" }),
    ),
    "a database that refuses the backend while it starts": looks(
      withData({ health: "database", blueprints: "nothing", connections: { github: "database" } }),
      withData({ health: "database", blueprints: "nothing", connections: { github: "database" } }),
    ),
    "a backend that was silent once": looks(
      phase("no_answer").set(local.backendHangs(), true),
      phase("no_answer"),
    ),
    "a service that was not up yet a moment ago": looks(
      phase("no_answer").set(local.containerState("mysql"), "exited"),
      wellFacts(),
    ),
    "a database that was started anew once": looks(mysql(0, "x"), mysql(1, "x")),
    "a sidecar that is down": looks(
      wellFacts().set(local.containerState("sidecar"), "exited"),
      wellFacts().set(local.containerState("sidecar"), "exited"),
    ),
  };

  test.each(Object.entries(patient))("%s", (_name, seen) => {
    expect(whyItCannotCome(seen)).toBeUndefined();
  });
});

test("facts alone decide: the same looks give the same answer, and are left as they are", () => {
  const seen = looks(backend(0), backend(1, locked));
  const before = seen.map(({ facts }: { facts: Facts }) => JSON.stringify([...facts]));

  expect(whyItCannotCome(seen)).toBe(whyItCannotCome(seen));
  expect(seen.map(({ facts }) => JSON.stringify([...facts]))).toEqual(before);
});

test("no whole look is more than ten seconds after the one before", () => {
  expect(Math.max(...Array.from({ length: 100 }, (_, count) => lookAfterMs(count)))).toBeLessThan(10_000);
  expect(lookAfterMs(0)).toBe(1_000);
});
