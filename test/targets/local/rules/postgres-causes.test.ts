import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { databaseCauseOf } from "../../../../src/targets/local/causes/database-causes.ts";
import type { FactsDraft } from "../../../../src/core/fact.ts";
import type { DataAnswer } from "../../../../src/targets/local/facts/fact-values.ts";
import type { FindingClass } from "../../../../src/targets/local/facts/finding-classes.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { whyItCannotCome } from "../../../../src/targets/local/health/wait-verdict.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import { loopingDatabase, withData } from "./written-facts.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

const at = "2026-11-30 21:04:17.304 UTC";
const skipping = "PostgreSQL Database directory appears to contain a database; Skipping initialization";
const ready = `${at} [1] LOG:  database system is ready to accept connections`;
/** Of a life that ended well, in the same log. */
const before = [
  ready,
  `${at} [1] LOG:  received fast shutdown request`,
  `${at} [1] LOG:  database system is shut down`,
];

/** Last words of PostgreSQL 17.12 as recorded, but for those that name another version, and what is wrong with it. */
const lastWords: Readonly<Record<string, readonly [FindingClass, readonly string[]]>> = {
  "another major version": [
    "db_data_dir_incompatible",
    [
      `${at} [1] FATAL:  database files are incompatible with server`,
      `${at} [1] DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 17.12 (Debian 17.12-0+deb13u1).`,
    ],
  ],
  "the layout of the image of 18": [
    "db_data_dir_incompatible",
    ["Error: in 18+, these Docker images are configured to store database data in a"],
  ],
  "no control file": [
    "db_corrupted",
    [
      "postgres: could not find the database system",
      'Expected to find it in the directory "/var/lib/postgresql/data",',
      'but could not open file "/var/lib/postgresql/data/global/pg_control": No such file or directory',
    ],
  ],
  "a control file that is cut": [
    "db_corrupted",
    [`${at} [1] PANIC:  could not read file "global/pg_control": read 100 of 296`],
  ],
  "no log of writes": [
    "db_corrupted",
    [
      `${at} [13] LOG:  invalid checkpoint record`,
      `${at} [13] PANIC:  could not locate a valid checkpoint record at 0/193B868`,
      `${at} [1] LOG:  startup process (PID 13) was terminated by signal 6: Aborted`,
      `${at} [1] LOG:  shutting down due to startup process failure`,
      `${at} [1] LOG:  database system is shut down`,
    ],
  ],
  "half initialized": [
    "db_corrupted",
    ['initdb: error: directory "/var/lib/postgresql/data" exists but is not empty'],
  ],
  "no data directory": [
    "db_corrupted",
    [`${at} [1] FATAL:  "/var/lib/postgresql/data" is not a valid data directory`],
  ],
  "an option of the command": [
    "db_option_unknown",
    [`${at} [1] FATAL:  unrecognized configuration parameter "nosuch_option"`],
  ],
  "a line of postgresql.conf": [
    "db_option_unknown",
    [
      `${at} [1] LOG:  unrecognized configuration parameter "nosuch" in file "/var/lib/postgresql/data/postgresql.conf" line 851`,
      `${at} [1] FATAL:  configuration file "/var/lib/postgresql/data/postgresql.conf" contains errors`,
    ],
  ],
  "another owner": [
    "volume_mount_denied",
    [
      `${at} [1] FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership`,
      `${at} [1] HINT:  The server must be started by the user that owns the data directory.`,
    ],
  ],
  "a wrong mode": [
    "volume_mount_denied",
    [`${at} [1] FATAL:  data directory "/var/lib/postgresql/data" has invalid permissions`],
  ],
  "a read-only mount": [
    "volume_mount_denied",
    ["chmod: changing permissions of '/var/lib/postgresql/data': Read-only file system"],
  ],
  "a read-only mount, as another user": [
    "volume_mount_denied",
    [`${at} [1] FATAL:  could not remove old lock file "postmaster.pid": Read-only file system`],
  ],
  "a full disk": [
    "disk_full",
    [`${at} [52] PANIC:  could not write to file "pg_wal/xlogtemp.52": No space left on device`],
  ],
  "a full disk at its first start": [
    "disk_full",
    [
      `running bootstrap script ... ${at} [21] FATAL:  could not extend file "base/1/3380": wrote only 4096 of 8192 bytes at block 0`,
      `${at} [21] HINT:  Check free disk space.`,
      `${at} [21] PANIC:  cannot abort transaction 1, it was already committed`,
    ],
  ],
  "another server": ["other_instance", [`${at} [7] FATAL:  lock file "postmaster.pid" already exists`]],
  "no password": [
    "service_unhealthy",
    ["Error: Database is uninitialized and superuser password is not specified."],
  ],
  "an error that is not known": ["service_unhealthy", [`${at} [1] FATAL:  something that nobody knows`]],
};

const ports = [{ published: 3306, target: 5432, protocol: "tcp" as const }];

const asPostgres = (draft: FactsDraft): FactsDraft =>
  draft
    .set(local.serviceModel("mysql"), { image: "postgres:17", ports, dependsOn: [], volumes: [] })
    .set(local.containerPublished("mysql"), ports);

const fromClients = [
  `${at} [23] FATAL:  role "nosuch" does not exist`,
  `${at} [30] FATAL:  database "nosuch" does not exist`,
  `${at} [37] FATAL:  password authentication failed for user "merico"`,
  `${at} [38] FATAL:  the database system is starting up`,
  `${at} [39] FATAL:  unrecognized configuration parameter "charset"`,
  `${at} [40] FATAL:  terminating connection due to administrator command`,
];

describe("a PostgreSQL that loops", () => {
  test.each(Object.entries(lastWords))(
    "%s: found from its first restart on, at each moment",
    (_name, [name, lines]) => {
      for (const restarts of [1, 2, 7])
        for (const state of ["restarting", "running"] as const) {
          const facts = asPostgres(loopingDatabase(...before, skipping, ...lines, ...fromClients.slice(3, 4)))
            .set(local.containerState("mysql"), state)
            .set(local.containerExitCode("mysql"), state === "running" ? 0 : 1)
            .set(local.containerRestarts("mysql"), restarts)
            .set(local.restartedLately(), ["mysql"])
            .facts();

          const text = classify(facts)[0]?.nextSteps.join("\n") ?? "";

          expect(classify(facts)).toMatchObject([{ class: name, severity: "blocking", remedies: [] }]);
          expect(planOffline(localFamily, facts).steps).toBeUndefined();
          expect(text).not.toMatch(/down -v|volume rm|rm -r|MySQL/);
        }
    },
  );

  test("what an earlier one died of is history once it takes connections", () => {
    const facts = asPostgres(loopingDatabase(...(lastWords["no log of writes"]?.[1] ?? []), ready)).facts();

    expect(databaseCauseOf(facts, "mysql")).toBeUndefined();
  });

  test("what its clients do wrong is none of its causes, nor that it is starting up", () => {
    const facts = asPostgres(loopingDatabase(...fromClients))
      .set(local.containerState("mysql"), "running")
      .set(local.containerExitCode("mysql"), 0)
      .set(local.containerRestarts("mysql"), 1)
      .set(local.restartedLately(), ["mysql"])
      .facts();

    expect(databaseCauseOf(facts, "mysql")).toBeUndefined();
    expect(planOffline(localFamily, facts).steps).toMatchObject([{ tool: "wait_until_healthy" }]);
  });

  test("that was killed once, and recovers, is waited for", () => {
    const facts = asPostgres(
      loopingDatabase(
        ready,
        `${at} [50] ERROR:  something that nobody knows`,
        `${at} [51] FATAL:  something that nobody knows`,
        skipping,
        `${at} [13] LOG:  database system was not properly shut down; automatic recovery in progress`,
      ),
    )
      .set(local.containerExitCode("mysql"), 137)
      .set(local.containerRestarts("mysql"), 1)
      .facts();

    expect(planOffline(localFamily, facts).steps).toMatchObject([{ tool: "wait_until_healthy" }]);
  });

  test("that ended by itself for a reason that its log does not tell is not", () => {
    const facts = asPostgres(loopingDatabase(...before))
      .set(local.containerRestarts("mysql"), 1)
      .facts();

    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });
});

describe("a PostgreSQL whose container runs on while its processes end", () => {
  const failing: { readonly health: DataAnswer } = { health: "database" };
  const facts = asPostgres(withData(failing))
    .set(local.logLine("mysql", 1), ready)
    .set(
      local.logLine("mysql", 2),
      `${at} [13] FATAL:  could not open file "global/pg_filenode.map": Permission denied`,
    )
    .facts();

  test("is found by what its log says, and not waited for", () => {
    expect(classify(facts)).toMatchObject([
      { class: "volume_mount_denied", remedies: [], evidence: expect.arrayContaining(["local.log.mysql.2"]) },
    ]);
    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });

  test("a wait that has begun ends once it has been seen twice", () => {
    const first = { at: 0, facts };

    expect(whyItCannotCome([first])).toBeUndefined();
    expect(whyItCannotCome([first, { at: 2_000, facts }])).toContain("it may not read or write its files");
  });
});
