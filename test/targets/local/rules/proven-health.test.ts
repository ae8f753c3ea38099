import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import type { Facts } from "../../../../src/core/fact.ts";
import { healthReports, withHealth } from "../../../../src/targets/local/health/healthy-facts.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import type { Target } from "../../../../src/core/target.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import { planOf } from "../../../plan/recorded-facts.ts";
import { lastWords, loopingDatabase, sameFiles, wellFacts, withData, writtenFacts } from "./written-facts.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

const target: Target = { kind: "local", directory: ".", identity: { volumes: [] } };
const outcomeOf = (facts: Facts): string => planOf({ facts, target }).outcome;
const first = (facts: Facts) => classify(facts)[0];

const told = (facts: Facts) => healthReports(facts).find(({ check }) => check === "data_readable");

const withSidecar = () =>
  wellFacts()
    .set(local.services(), ["config-ui", "devlake", "grafana", "mysql", "sidecar"])
    .set(local.serviceRole("sidecar"), "other")
    .set(local.serviceModel("sidecar"), { ports: [], dependsOn: [], volumes: [] });

test("are told, and not held against DevLake", () => {
  const facts = withSidecar()
    .set(local.containerState("sidecar"), "exited")
    .set(local.containerExitCode("sidecar"), 1)
    .facts();

  expect(outcomeOf(facts)).toBe("healthy");
  expect(first(facts)).toMatchObject({
    severity: "info",
    summary: "not running, and not needed by DevLake: sidecar (exited)",
  });
});

const differing = () => wellFacts().set(local.filesApplied(), { ...sameFiles, secret: "differs" });

test("what is well is healthy", () => {
  const facts = wellFacts().facts();

  expect(classify(facts)).toEqual([]);
  expect(outcomeOf(facts)).toBe("healthy");
  expect(healthReports(facts).map(({ check, healthy }) => [check, healthy])).toEqual([
    ["backend_ready", true],
    ["data_readable", true],
    ["grafana_healthy", true],
    ["config_ui_reaches_backend", true],
    ["services_steady", true],
  ]);
});

test.each(writtenFacts)("$name is found, and never healthy", ({ name, facts }) => {
  expect(first(facts)?.class).toBe(name);
  expect(outcomeOf(facts)).not.toBe("healthy");
});

describe("a database that loops", () => {
  test.each(Object.entries(lastWords))("%s: nothing waits for it", (_name, [name, lines]) => {
    const facts = loopingDatabase(...lines).facts();

    expect(first(facts)).toMatchObject({ class: name, severity: "blocking", remedies: [] });
    expect(classify(facts)).toHaveLength(1);
    expect(outcomeOf(facts)).toBe("escalate");
    // No step that promises health promises that of such a database.
    const waited = withHealth(facts, { how: "wait", started: [] });
    expect(classify(waited).map((finding) => finding.class)).toContain(name);
  });

  test("never a word of removing what it holds", () => {
    for (const [, lines] of Object.values(lastWords)) {
      const text = first(loopingDatabase(...lines).facts())?.nextSteps.join("\n");
      expect(text).not.toMatch(/down -v|volume rm|rm -r/);
    }
  });

  test("on Podman, where it is always running and only its count of restarts grows", () => {
    const facts = loopingDatabase("x")
      .set(local.containerState("mysql"), "running")
      .set(local.restartedLately(), ["mysql"])
      .facts();

    expect(first(facts)).toMatchObject({ class: "service_unhealthy", severity: "blocking", remedies: [] });
  });

  test("that was started anew once, a moment ago, may still hold", () => {
    const facts = wellFacts()
      .set(local.containerRestarts("mysql"), 1)
      .set(local.restartedLately(), ["mysql"])
      .facts();

    expect(first(facts)?.remedies.map(({ tool }) => tool)).toEqual(["wait_until_healthy"]);
    expect(outcomeOf(facts)).toBe("repair");
  });

  test("what it wrote before it came up is history", () => {
    const facts = loopingDatabase(
      "2026-11-30T16:00:00Z 1 [ERROR] [MY-012639] [InnoDB] Operating system error number 28.",
      "2026-11-30T16:30:00Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '9.7.4'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  (Debian).",
    ).facts();

    expect(first(facts)?.class).toBe("service_unhealthy");
  });
});

describe("the data", () => {
  test("that rows of one plugin do not decrypt is a wrong secret, though /health is good", () => {
    const facts = withData({ connections: { github: "secret", jenkins: "secret" } }).facts();

    expect(first(facts)).toMatchObject({
      class: "encryption_secret_mismatch",
      severity: "blocking",
      remedies: [],
    });
    expect(first(facts)?.summary).toContain("connections of github, connections of jenkins");
    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });

  test("an error without a word proves no wrong secret; with the log's word it does", () => {
    const draft = withData({ blueprints: "nothing" });
    const line = 'time="2026-11-30 15:57:38" level=info msg="... invalid encryptionSecret ..."';

    expect(first(draft.facts())?.class).toBe("unknown");
    expect(first(draft.set(local.logLine("devlake", 3), line).facts())?.class).toBe(
      "encryption_secret_mismatch",
    );
  });

  test("an old word of the log makes no wrong secret where the database fails", () => {
    const facts = withData({ health: "database", blueprints: "nothing", connections: { github: "database" } })
      .set(local.logLine("devlake", 1), 'level=info msg="... invalid encryptionSecret ..."')
      .facts();

    expect(first(facts)).toMatchObject({ class: "db_connection_refused" });
    expect(first(facts)?.remedies.map(({ tool }) => tool)).toEqual(["wait_until_healthy"]);
    expect(outcomeOf(facts)).toBe("repair");
  });

  test("what needs a database that loops is started anew with it: a symptom", () => {
    const [, lines] = lastWords["ibdata1 cut short"] ?? ["unknown", []];
    const facts = loopingDatabase(...lines)
      .set(local.restartedLately(), ["devlake", "mysql"])
      .facts();

    expect(classify(facts).map((finding) => finding.class)).toEqual(["db_corrupted"]);
  });

  test("behind a login /health decides, and what was not read is told", () => {
    const locked = { blueprints: "login", pipelines: "login", plugins: "login" } as const;
    expect(told(withData(locked).facts())).toEqual({
      check: "data_readable",
      healthy: true,
      observed:
        "readable as far as asked; not read: blueprints, pipelines, plugins, which ask for a login; connections",
    });
    expect(outcomeOf(withData(locked).facts())).toBe("healthy");
    expect(outcomeOf(withData({ ...locked, health: "database" }).facts())).not.toBe("healthy");
    expect(outcomeOf(withData({ ...locked, health: "absent" }).facts())).not.toBe("healthy");
  });

  test("a database that failed is a symptom where its container does not run", () => {
    const facts = withData({ health: "database", pipelines: "database" })
      .set(local.containerState("mysql"), "exited")
      .facts();

    expect(classify(facts).map((finding) => finding.class)).toEqual(["service_stopped"]);
  });

  test("a paused database is told as paused", () => {
    const facts = withData({ health: "database", blueprints: "silent" })
      .set(local.containerState("mysql"), "paused")
      .facts();

    expect(first(facts)?.summary).toBe("mysql is paused");
    expect(outcomeOf(facts)).toBe("escalate");
  });

  test("that could not be looked at are not called healthy", () => {
    const facts = wellFacts().unavailable(local.backendData(), "no route to host").facts();

    expect(outcomeOf(facts)).toBe("escalate");
  });
});

describe("other services of the file", () => {
  test("count where DevLake depends on them", () => {
    const model = { ports: [], dependsOn: ["sidecar"], volumes: [] };
    const needed = withSidecar()
      .set(local.serviceModel("mysql"), model)
      .set(local.containerPorts("mysql"), [])
      .set(local.containerPublished("mysql"), []);

    expect(outcomeOf(needed.set(local.containerState("sidecar"), "restarting").facts())).not.toBe("healthy");
    expect(
      first(
        needed
          .set(local.containerState("sidecar"), "running")
          .set(local.containerHealth("sidecar"), "unhealthy")
          .facts(),
      ),
    ).toMatchObject({ class: "service_unhealthy", severity: "blocking", remedies: [] });
  });

  test("a job that has ended well is as it should be, and one that has not is not", () => {
    const job = { ports: [], dependsOn: [], volumes: [], runsOnce: true as const };
    const ended = (exitCode: number) =>
      withSidecar()
        .set(local.serviceModel("devlake"), { ports: [], dependsOn: ["sidecar"], volumes: [] })
        .set(local.containerPorts("devlake"), [])
        .set(local.containerPublished("devlake"), [])
        .set(local.serviceModel("sidecar"), job)
        .set(local.containerState("sidecar"), "exited")
        .set(local.containerExitCode("sidecar"), exitCode)
        .facts();

    expect(classify(ended(0))).toEqual([]);
    expect(classify(ended(1)).map(({ severity }) => severity)).toEqual(["blocking"]);
  });
});

describe("files that are not applied", () => {
  test("a degraded finding alone, which nothing cures: a person decides", () => {
    const facts = differing().facts();

    expect(first(facts)).toMatchObject({ class: "files_not_applied", severity: "degraded", remedies: [] });
    expect(outcomeOf(facts)).toBe("escalate");
  });

  test("no command of the next steps brings the files into force", () => {
    const steps = first(differing().facts())?.nextSteps ?? [];
    const commands = steps.flatMap((step) =>
      [...step.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command),
    );

    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter((command) => /\b(?:up|start|restart|down|rm|deploy)\b/.test(command))).toEqual([]);
    expect(steps[0]).toMatch(/^do not run docker compose up/);
  });

  test("compose up is no remedy while it would destroy the only copy of a secret", () => {
    const facts = differing().set(local.containerState("config-ui"), "absent").facts();

    expect(classify(facts)[0]?.class).toBe("partial_deployment");
    expect(planOf({ facts, target })).toMatchObject({ outcome: "escalate", steps: [] });
  });

  test("what is only stopped is started as it is", () => {
    const facts = differing().set(local.containerState("config-ui"), "exited").facts();

    expect(planOffline(localFamily, facts).steps?.map(({ tool }) => tool)).toEqual([
      "start_stopped_services",
    ]);
  });

  test("another user or password of the same database is no other database", () => {
    const same = "same" as const;
    const parts = { scheme: same, user: same, host: same, port: same, database: same, parameters: same };
    const with_ = (moved: object) =>
      wellFacts()
        .set(local.filesApplied(), {
          secret: "same",
          databaseUrl: "differs",
          parts: { ...parts, password: "differs", ...moved },
        })
        .facts();

    expect(outcomeOf(with_({}))).toBe("healthy");
    expect(first(with_({ host: "differs" }))?.summary).toContain("another host");
    expect(first(with_({ database: "differs" }))?.class).toBe("files_not_applied");
  });

  test.each([
    ["only_container", "without DB_URL"],
    ["differs", "with another DB_URL"],
  ] as const)("a DB_URL that is %s in a form that is not read", (databaseUrl, says) => {
    const facts = wellFacts().set(local.filesApplied(), { secret: "same", databaseUrl }).facts();

    expect(first(facts)).toMatchObject({ class: "files_not_applied", severity: "degraded" });
    expect(first(facts)?.summary).toContain(says);
  });

  test("another volume of the database", () => {
    const facts = wellFacts().set(local.databaseMounts(), "differs").facts();

    expect(first(facts)).toMatchObject({ class: "files_not_applied", severity: "degraded" });
  });
});
