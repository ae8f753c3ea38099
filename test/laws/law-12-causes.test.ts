import { describe, expect, test } from "vitest";
import { classify } from "../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../src/core/fact.ts";
import type { ContainerState } from "../../src/targets/local/facts/fact-values.ts";
import * as local from "../../src/targets/local/facts/local-facts.ts";
import { logFacts } from "../../src/targets/local/inspect/logs.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import type { ContainerDetails, DockerReader } from "../../src/targets/local/ports/docker.ts";
import { recorded } from "../plan/recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

// As DevLake v1.0.2 writes them with ENABLE_STACKTRACE=true, cut to the lines that tell one start from another.
const begin = [
  "Version:  v1.0.2@abcdef0",
  'time="2026-11-30T15:51:22Z" level=info msg="no [.env] file, devlake will read configuration from environment, please make sure you have set correct environment variable."',
];
const info = (text: string): string => `time="2026-11-30 15:51:22" level=info msg="${text}"`;
const connected = info("migrator has been initialized");
const plugins = [
  ...["dora", "github", "jenkins", "org"].map((name) => info(`plugin loaded ${name}`)),
  info("all plugins have been loaded"),
  ...Array.from({ length: 60 }, (_, at) => info(`register plugin:p${at}'s migrations scripts`)),
  info("has pending scripts? false, FORCE_MIGRATION: false"),
  info(" [migrator] [Execute] pending scripts: 0, executed scripts: 162, total: 162"),
];
const stack = (lines: number): readonly string[] =>
  Array.from({ length: lines }, (_, at) => `\t  | github.com/gin-gonic/gin.(*Context).Next${at}`);
const panic = (cause: string, lines = 20): readonly string[] => [
  "panic: attached stack trace",
  "\t  -- stack trace:",
  ...stack(lines),
  `\tWraps: (2) ${cause}`,
  "\tError types: (1) *withstack.withStack (2) *errutil.withPrefix",
  "",
  "goroutine 1 [running]:",
  "\t/app/server/main.go:33 +0x30",
];
const noDatabase = (said: string): readonly string[] => [
  ...begin,
  info(`\\x1b[31m[error] \\x1b[0mfailed to initialize database, got error ${said}`),
  ...panic(said),
];
const probes = (count: number): readonly string[] =>
  Array.from({ length: count }, () => [
    'time="2026-11-30 15:59:42" level=error msg="HTTP 503 error\\n\\tcaused by: attached stack trace\\n\\tWraps: (2) service is not ready: migrating (503)"',
    '[GIN] 2026/11/30 - 15:59:42 | 503 |     441.963µs |       127.0.0.1 | GET      "/ready"',
  ]).flat();

/** One life of each loop, and what it dies of. */
const loops: Readonly<Record<string, readonly [life: readonly string[], finding: string]>> = {
  "a second backend": [
    [
      ...begin,
      connected,
      "panic: locking _devlake_locking_stub timeout, the database might be locked by another devlake instance",
      "",
      "goroutine 1 [running]:",
    ],
    "other_instance",
  ],
  "a changed secret": [
    [
      ...begin,
      connected,
      ...plugins,
      ...panic("invalid encryptionSecret", 280),
      "\tWraps: (5) invalid encryptionSecret",
      ...stack(20),
    ],
    "encryption_secret_mismatch",
  ],
  "a wrong password": [
    noDatabase("Error 1045 (28000): Access denied for user 'merico'@'172.18.0.5' (using password: YES)"),
    "db_access_denied",
  ],
  "no right on the database": [
    noDatabase("Error 1044 (42000): Access denied for user 'merico'@'%' to database 'nolake'"),
    "db_access_denied",
  ],
  "a missing database": [noDatabase("Error 1049 (42000): Unknown database 'nolake'"), "db_not_found"],
  "a wrong password of PostgreSQL": [
    noDatabase('failed SASL auth: FATAL: password authentication failed for user "merico" (SQLSTATE 28P01)'),
    "db_access_denied",
  ],
  "a role that PostgreSQL does not have": [
    noDatabase('failed SASL auth: FATAL: role "nosuch" does not exist (SQLSTATE 28000)'),
    "db_access_denied",
  ],
  "a parameter of MySQL for PostgreSQL": [
    noDatabase('server error: FATAL: unrecognized configuration parameter "charset" (SQLSTATE 42704)'),
    "db_url_invalid",
  ],
  "a missing database of PostgreSQL": [
    noDatabase('server error: FATAL: database "nolake" does not exist (SQLSTATE 3D000)'),
    "db_not_found",
  ],
  "a host that nobody has": [
    noDatabase("dial tcp: lookup mysqlx on 127.0.0.11:53: no such host"),
    "db_unknown_host",
  ],
  "a password with %": [
    [...begin, ...panic('parse "mysql://***@mysql:3306/lake?charset=utf8mb4": invalid URL escape "%ri"')],
    "db_url_invalid",
  ],
  "no DB_URL": [
    [...begin, ...panic("DB_URL is required, please set it in environment variable or .env file (400)")],
    "db_url_invalid",
  ],
  "a migration that is forced and fails": [
    [
      ...begin,
      connected,
      ...plugins.slice(0, -1),
      info(" [migrator] [Execute] pending scripts: 3, executed scripts: 162, total: 165"),
      info(" [migrator] applying migration script modifyCicdDeployments:20240101000001"),
      'time="2026-11-30 15:51:22" level=error msg="failed to execute migration\\n\\tcaused by: Error 1146 (42S02): Table \'lake.cicd_deployments\' doesn\'t exist (500)\\n"',
      ...panic("Error 1146 (42S02): Table 'lake.cicd_deployments' doesn't exist (500)"),
    ],
    "migration_failed",
  ],
  "a plugin of another version": [
    [...begin, connected, ...panic('plugin.Open("/app/bin/x.so"): file too short')],
    "backend_crash_loop",
  ],
};

/** What the log holds `at` lines after the loop began, as the Engine keeps it: all lives in one. */
async function seen(lines: readonly string[], changes: (draft: FactsDraft) => FactsDraft): Promise<Facts> {
  const container = {
    id: "d",
    image: "devlake.docker.scarf.sh/apache/devlake:v1.0.2",
    env: [],
    labels: { "com.docker.compose.service": "devlake" },
  } as unknown as ContainerDetails;
  const docker = { logs: async (_id: string, tail: number) => lines.slice(-tail) } as unknown as DockerReader;
  const base = [...recorded("healthy").facts].filter(([id]) => !id.startsWith("local.log."));
  const draft = new FactsDraft(new Map(base))
    .set(local.backendPhase(), "no_answer")
    .set(local.containerRestarts("devlake"), 0)
    .set(local.configUiHealth(), "backend_unreachable")
    .merge(await logFacts(docker, [container], (text) => text));
  return changes(draft).facts();
}

const inLoop =
  (state: ContainerState, restarts: number) =>
  (draft: FactsDraft): FactsDraft =>
    draft
      .set(local.containerState("devlake"), state)
      .set(local.containerExitCode("devlake"), state === "running" ? 0 : 2)
      .set(local.containerRestarts("devlake"), restarts);

const handler = (cause: string): readonly string[] => [
  "2026/11/30 15:59:42 [Recovery] 2026/11/30 - 15:59:42 panic recovered:",
  ...stack(100),
  `\tWraps: (2) ${cause}`,
  ...stack(10),
];

const stopped = (code: number, lines: readonly string[] = [], restarts = 0): Promise<Facts> =>
  seen(lines, (draft) => inLoop("exited", restarts)(draft).set(local.containerExitCode("devlake"), code));

describe("law 12: a cause that is proven stays proven, whatever the moment", () => {
  test.each(Object.entries(loops))("%s, looked at all through its loop", async (_name, [life, name]) => {
    const past = [...noDatabase("dial tcp 172.18.0.2:3306: connect: connection refused"), ...life];
    const told = new Set<string>();
    for (const restarts of [2, 3, 6, 40]) {
      const before = [...past, ...Array.from({ length: restarts - 1 }, () => life).flat()];
      for (const state of ["restarting", "exited"] as const) {
        const [finding, ...more] = classify(await seen(before, inLoop(state, restarts)));
        expect(more).toEqual([]);
        told.add(`${finding?.class}: ${finding?.summary}`);
      }
      // The life that has just begun has said a little, or nearly all.
      for (let at = 0; at < life.length; at += Math.ceil(life.length / 7)) {
        const facts = await seen([...before, ...life.slice(0, at)], inLoop("running", restarts));
        const [finding, ...more] = classify(facts);
        expect(more).toEqual([]);
        told.add(`${finding?.class}: ${finding?.summary}`);
        expect(planOffline(localFamily, facts).steps).toBeUndefined();
        // Only what says something, and the end, becomes facts.
        expect([...facts.keys()].filter((id) => id.startsWith("local.log.")).length).toBeLessThan(160);
      }
    }

    expect(told.size).toBe(1);
    expect([...told][0]).toContain(`${name}: devlake stops again and again: `);
  });

  const gate = [
    ...begin,
    connected,
    ...plugins.slice(0, -1),
    info(" [migrator] [Execute] pending scripts: 10, executed scripts: 162, total: 172"),
    info(" [migrator] applying migration script modifyCicdDeployments:20240101000001"),
  ];
  test.each([
    [
      "a failed script",
      'time="2026-11-30 15:59:42" level=error msg="failed to execute migration\\n\\tcaused by: Error 1060 (42S21): Duplicate column name \'x\' (500)\\n"',
      "migration_failed",
      "devlake does not come up: a database migration failed: Error 1060 (42S21): Duplicate column name 'x'",
    ],
    [
      "a wrong secret behind the gate",
      info("\\x1b[35;1minvalid encryptionSecret; invalid encryptionSecret"),
      "encryption_secret_mismatch",
      "devlake does not come up: ENCRYPTION_SECRET is not the one that the database was written with",
    ],
  ])(
    "a migration that nothing moves says so however often it is asked: %s",
    async (_name, line, name, summary) => {
      for (const asked of [0, 1, 20, 100, 500]) {
        const lines = [...gate, line, ...handler("x"), ...probes(asked)];
        const facts = await seen(lines, (draft) => draft.set(local.backendPhase(), "migrating"));

        expect(classify(facts), String(asked)).toMatchObject([{ class: name, summary, remedies: [] }]);
      }
    },
  );

  test("one that goes on is waited for, also when an earlier one failed", async () => {
    const failed = 'level=error msg="failed to execute migration"';
    // v1.0.1 refuses a second confirmation in the words of a failure.
    const refused =
      'level=error msg="HTTP 400 error\\n\\tcaused by: attached stack trace\\n\\tWraps: (2) error executing migration (400)\\n\\tWraps: (4) There is a migration in progress. (400)"';
    for (const lines of [gate, [...gate, failed, ...gate.slice(-2)], [...gate, refused]]) {
      const facts = await seen([...lines, ...probes(30)], (draft) =>
        draft.set(local.backendPhase(), "migrating"),
      );

      expect(classify(facts)).toMatchObject([{ remedies: [{ tool: "wait_until_healthy" }] }]);
    }
  });

  test("a later life that came further refutes what an earlier one died of", async () => {
    const wrong = loops["a wrong password"]?.[0] ?? [];
    const cured = [...wrong, ...begin, connected, ...plugins.slice(0, 4)];
    const facts = await seen(cured, inLoop("running", 3));

    expect(classify(facts)).toMatchObject([{ class: "unknown", remedies: [{ tool: "wait_until_healthy" }] }]);
  });

  test("what a plugin does not find while DevLake runs is no cause of an end", async () => {
    const ran = [
      ...begin,
      connected,
      ...plugins,
      '[GIN] 2026/11/30 - 15:59:42 | 200 |     441.963µs |       127.0.0.1 | GET      "/ready"',
      info("collect: dial tcp: lookup api.example.com on 127.0.0.11:53: no such host"),
    ];

    expect(planOffline(localFamily, await stopped(143, ran, 8)).steps).toMatchObject([
      { tool: "start_stopped_services" },
    ]);
  });

  test("the first minute of a start is waited for", async () => {
    for (const said of [
      "dial tcp 172.18.0.2:3306: connect: connection refused",
      "dial tcp: lookup mysql on 127.0.0.11:53: no such host",
    ])
      for (const state of ["running", "restarting"] as const) {
        const facts = await seen([...noDatabase(said), ...noDatabase(said)], inLoop(state, 9));

        expect(planOffline(localFamily, facts).steps).toMatchObject([{ tool: "wait_until_healthy" }]);
      }
  });
});

describe("law 12: a step makes go away only what it addresses", () => {
  test("exit 255 is started again where the engine found it dead, and is of no known cause else", async () => {
    const facts = await stopped(255);
    const foundDead = new FactsDraft(facts).set(local.containerFoundDead("devlake"), true).facts();

    expect(planOffline(localFamily, foundDead).steps).toMatchObject([{ tool: "start_stopped_services" }]);
    expect(classify(foundDead)[0]?.evidence).toContain("local.container.devlake.found-dead");
    expect(planOffline(localFamily, facts).steps).toBeUndefined();
    expect(classify(facts)).toMatchObject([{ class: "unknown", remedies: [] }]);
  });

  test.each([0, 137, 143])("stopped from outside (exit %i) is started again", async (code) => {
    expect(planOffline(localFamily, await stopped(code)).steps).toMatchObject([
      { tool: "start_stopped_services" },
    ]);
  });

  test("a container that the engine could not start, its network being gone (exit 128), did not end by itself", async () => {
    const facts = new FactsDraft(await stopped(128))
      .set(local.containerNetworkMissing("devlake"), true)
      .facts();

    expect(classify(facts)).toMatchObject([{ class: "service_stopped" }]);
    expect(planOffline(localFamily, await stopped(128)).steps).toBeUndefined();
  });

  test.each([1, 2, 127, 139])(
    "an end by itself (exit %i) is left to a person, with the lines",
    async (code) => {
      const facts = await stopped(code, [...begin, "something that nobody knows"]);

      expect(planOffline(localFamily, facts).steps).toBeUndefined();
      expect(classify(facts)).toMatchObject([
        { class: "unknown", remedies: [], evidence: expect.arrayContaining(["local.log.devlake.3"]) },
      ]);
    },
  );

  test("a known cause stands whatever is started, and an unwell memory too", async () => {
    const [life] = loops["a changed secret"] ?? [[]];
    const outOfMemory = new FactsDraft(await stopped(137)).set(local.containerOomKilled("devlake"), true);

    expect(classify(await stopped(2, life))).toMatchObject([{ class: "encryption_secret_mismatch" }]);
    expect(planOffline(localFamily, await stopped(2, life)).steps).toBeUndefined();
    expect(planOffline(localFamily, outOfMemory.facts()).steps).toBeUndefined();
  });

  test("a log text alone takes no step away", async () => {
    const [life] = loops["a changed secret"] ?? [[]];

    expect(planOffline(localFamily, await stopped(143, life)).steps).toMatchObject([
      { tool: "start_stopped_services" },
    ]);
  });

  test("nor does the start of another service cure a loop", async () => {
    const [life] = loops["a changed secret"] ?? [[]];
    const facts = new FactsDraft(await seen(life, inLoop("restarting", 4)))
      .set(local.containerState("grafana"), "exited")
      .set(local.grafanaHealth(), "no_answer")
      .facts();

    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });
});
