import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import { findingClasses } from "../../../../src/targets/local/facts/finding-classes.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { worthKnowing, writtenFacts } from "./written-facts.ts";
import { recorded, recordedNames } from "../../../plan/recorded-facts.ts";

/** What each recorded fault is, worst first. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "all-stopped": ["service_stopped"],
  "backend-crash-loop": ["db_access_denied"],
  "backend-first-restarts": ["db_access_denied"],
  "backend-paused": ["unknown"],
  "canary-secrets-everywhere": ["port_conflict_host_process"],
  "compose-invalid-model": ["compose_file_invalid"],
  "compose-invalid-yaml": ["compose_file_invalid"],
  "compose-not-installed": ["compose_missing_or_old"],
  "compose-unknown-key": ["compose_file_invalid"],
  "config-ui-exited-137": ["service_stopped"],
  "config-ui-stale-address": ["config_ui_upstream_unreachable"],
  "engine-permission-denied": ["docker_permission_denied"],
  "engine-unreachable": ["docker_engine_unreachable"],
  "env-file-is-directory": ["env_file_missing"],
  "env-file-missing": ["env_file_missing"],
  "grafana-volume-permission": ["grafana_unhealthy"],
  "half-created": ["partial_deployment"],
  "half-created-port-now-free": ["partial_deployment"],
  healthy: [],
  migrating: ["unknown"],
  "migration-pending": ["migration_pending"],
  "mysql-stopped-backend-loops": ["service_stopped"],
  "network-pruned": ["service_stopped"],
  "not-devlake": ["unknown"],
  "nothing-started": ["service_stopped"],
  "port-3002-container": ["port_conflict_container", "partial_deployment", "unknown"],
  "port-3306-process": ["port_conflict_host_process"],
  "port-8080-all-bundles-taken": ["port_conflict_host_process"],
  "port-8080-and-next-bundle-taken": ["port_conflict_host_process"],
  "port-8080-interpolated": ["port_conflict_host_process"],
  "port-8080-process": ["port_conflict_host_process"],
  "ports-8080-and-4000-processes": ["port_conflict_host_process", "port_conflict_host_process"],
  "ports-changed-not-applied": ["partial_deployment", "state_file_stale"],
  "remote-engine-healthy": [],
  "remote-engine-port-3002-container": ["port_conflict_container", "partial_deployment"],
  "remote-engine-port-8080-process": ["port_conflict_host_process"],
  "secret-absent": ["encryption_secret_missing"],
  "secret-empty": ["encryption_secret_missing"],
  "secret-lost-while-running": ["encryption_secret_missing"],
  "services-renamed": ["port_conflict_host_process"],
  "state-file-stale": ["state_file_stale"],
  "state-file-unreadable": ["state_file_stale"],
  "unusual-ports-without-state-file": ["state_file_stale"],
};

describe.each(recordedNames)("recorded: %s", (name) => {
  const { facts } = recorded(name);
  const findings = classify(facts);

  test("is classified", () => {
    expect(findings.map((finding) => finding.class)).toEqual(expected[name]);
  });

  test("cites facts that are there, says what would refute it and what a person can do", () => {
    for (const finding of findings) {
      expect(finding.evidence.filter((id) => !facts.has(id))).toEqual([]);
      expect(finding.evidence.length).toBeGreaterThan(0);
      expect(finding.refutedBy).toMatch(
        /is |are |: running|answers|succeeds|names|stays|nothing listens|runs/,
      );
      expect(finding.nextSteps.length).toBeGreaterThan(0);
      expect(finding.summary).not.toMatch(/undefined|\[object|\bnull\b/);
    }
  });

  test("is classified the same again, and whatever the order of the facts", () => {
    expect(classify(facts)).toEqual(findings);
    expect(classify(new Map([...facts].reverse()))).toEqual(findings);
  });
});

const healthy = (): FactsDraft => new FactsDraft(recorded("healthy").facts);
const classesOf = (facts: Facts): readonly string[] => classify(facts).map((finding) => finding.class);

test("every class has recorded or written facts that lead to it", () => {
  const out = healthy()
    .set(local.containerState("mysql"), "exited")
    .set(local.containerOomKilled("mysql"), true)
    .facts();
  const lines = [
    "goroutine 1 [running]:",
    "panic: invalid encryptionSecret (500)",
    "panic: dial tcp 172.18.0.2:3306: connect: connection refused",
    "dial tcp: lookup nosuch on 127.0.0.11:53: no such host",
    "Error 1049 (42000): Unknown database 'nolake'",
    "panic: invalid DB_URL:<redacted>",
    "panic: locking _devlake_locking_stub timeout",
    "failed to execute migration",
  ];
  const found = new Set([
    ...lines.flatMap((line) => classesOf(looping(13, line))),
    ...recordedNames.flatMap((name) => classesOf(recorded(name).facts)),
    ...classesOf(out),
    ...writtenFacts.flatMap(({ facts }) => classesOf(facts)),
    ...worthKnowing.flatMap(classesOf),
    ...classesOf(healthy().set(local.containerNetworkCutOff("mysql"), "devlake_default").facts()),
  ]);

  expect(findingClasses.filter((name) => !found.has(name))).toEqual([]);
});

describe("harmless", () => {
  const harmless: Readonly<Record<string, (draft: FactsDraft) => FactsDraft>> = {
    "a few restarts on the first start, all well now": (draft) =>
      draft.set(local.containerRestarts("devlake"), 5),
    "an exit code of a service that runs again": (draft) =>
      draft.set(local.containerExitCode("config-ui"), 137),
    "lines that every start logs": (draft) =>
      draft
        .set(local.logLine("devlake", 1), "no [.env] file, devlake will read configuration from environment")
        .set(local.logLine("devlake", 2), "Db migration confirmation needed")
        .set(local.logLine("devlake", 3), "panic: dial tcp 172.18.0.2:3306: connect: connection refused")
        .set(local.logLine("grafana", 1), "attempt to write a readonly database"),
    "a stray container": (draft) =>
      draft.set(local.strayContainers(), [{ name: "devlake-web-run-1", service: "web", state: "exited" }]),
    "an error of a start that has succeeded since": (draft) =>
      draft.set(local.containerError("devlake"), "listen tcp4 0.0.0.0:8080: bind: address already in use"),
    "a state file with the right ports": (draft) =>
      draft.set(local.stateFile(), {
        status: "present",
        text: "{}",
        endpoints: { backend: "http://localhost:8080/", grafana: "http://localhost:3002" },
      }),
    "a port of nobody that is taken": (draft) =>
      draft.set(local.portHolder(8085), { kind: "process", name: "x" }),
    "no secret where the backend makes its own": (draft) =>
      draft.set(local.backendSecret(), "empty").set(local.serviceModel("devlake"), {
        image: "devlake.docker.scarf.sh/apache/devlake:v0.17.0",
        ports: [{ published: 8080, target: 8080, protocol: "tcp" }],
        dependsOn: [],
        volumes: [],
      }),
  };
  test.each(Object.entries(harmless))("%s", (_name, change) => {
    expect(classesOf(change(healthy()).facts())).toEqual([]);
  });
});

describe("never called healthy", () => {
  test.each([
    [
      "paused",
      healthy()
        .set(local.containerState("grafana"), "paused")
        .set(local.grafanaHealth(), "no_answer")
        .facts(),
    ],
    ["not looked at", new Map()],
    ["Compose files missing", new FactsDraft().set(local.composeStatus(), { status: "missing" }).facts()],
    ["containers unseen", unseen()],
    ["health unseen", healthy().unavailable(local.backendPhase(), "no port is published").facts()],
  ] as const)("%s", (_name, facts) => {
    expect(classify(facts)).toMatchObject([{ severity: "blocking" }]);
  });
});

describe("causes and symptoms", () => {
  test("one cause stands alone: engine, files, secret, in this order", () => {
    const draft = new FactsDraft(recorded("port-8080-process").facts).set(local.backendSecret(), "empty");
    expect(classesOf(draft.facts())).toEqual(["encryption_secret_missing"]);

    draft.set(local.composeStatus(), { status: "invalid", message: "x" });
    expect(classesOf(draft.facts())).toEqual(["compose_file_invalid"]);

    draft.set(local.engineStatus(), "unreachable").set(local.engineError(), "x");
    expect(classesOf(draft.facts())).toEqual(["docker_engine_unreachable"]);
  });

  test("a config-ui without its backend is none of config-ui's faults", () => {
    const facts = healthy()
      .set(local.containerState("devlake"), "exited")
      .set(local.backendPhase(), "no_answer")
      .set(local.configUiHealth(), "backend_unreachable")
      .facts();

    expect(classesOf(facts)).toEqual(["service_stopped"]);
  });

  test.each([
    [
      "Wraps: (2) Error 1045 (28000): Access denied for user 'merico'@'172.18.0.5' (using password: YES)",
      /refuses its user/,
      "db_access_denied",
    ],
    ["got error Error 1049 (42000): Unknown database 'nolake'", /does not exist/, "db_not_found"],
    ["dial tcp: lookup mysqlx on 127.0.0.11:53: no such host", /host that DB_URL names/, "db_unknown_host"],
    [
      "panic: invalid encryptionSecret; invalid encryptionSecret (500)",
      /not the one/,
      "encryption_secret_mismatch",
    ],
    [
      "panic: locking _devlake_locking_stub timeout, the database might be locked",
      /another DevLake/,
      "other_instance",
    ],
    ["panic: invalid DB_URL:<redacted>", /DB_URL/, "db_url_invalid"],
  ] as const)("a crash loop is told by its log, and its class is the cause: %s", (line, summary, name) => {
    const facts = looping(9, line);

    expect(classify(facts)).toMatchObject([{ class: name, remedies: [] }]);
    expect(classify(facts)[0]?.summary).toMatch(summary);
    expect(classify(facts)[0]?.evidence).toContain("local.log.devlake.7");
  });

  test("a container that was made before the secret was put back is made anew", () => {
    const line = "panic: ENCRYPTION_SECRET must be set in environment variable or .env file";
    const remedy = { tool: "recreate_services" };

    expect(classify(looping(9, line))).toMatchObject([
      {
        class: "backend_crash_loop",
        summary: expect.stringMatching(/its container was made before they were corrected/),
        evidence: expect.arrayContaining(["local.log.devlake.7", "local.backend.encryption-secret"]),
        remedies: [remedy],
      },
    ]);
    expect(classify(looping(9, line))[0]?.nextSteps[0]).toContain(
      "docker compose up -d --no-deps --force-recreate devlake",
    );
    const running = new FactsDraft(looping(1, line)).set(local.containerState("devlake"), "running").facts();
    expect(classify(running)).toMatchObject([{ class: "backend_crash_loop", remedies: [remedy] }]);
    const stopped = new FactsDraft(looping(9, line)).set(local.containerState("devlake"), "exited").facts();
    expect(classify(stopped)).toMatchObject([{ class: "service_stopped", remedies: [remedy] }]);
    expect(classify(stopped)[0]?.remedies).toHaveLength(1);
  });

  test("nor is it made anew by a Compose that cannot", () => {
    const line = "panic: ENCRYPTION_SECRET must be set in environment variable or .env file";
    const facts = new FactsDraft(looping(9, line))
      .set(local.composeCommand(), { flavour: "standalone", version: "1.29.2" })
      .facts();

    expect(classify(facts).find(({ severity }) => severity === "blocking")).toMatchObject({
      class: "backend_crash_loop",
      remedies: [],
    });
  });

  test.each([
    ["stopping again and again", looping(9, "Error 1045 (28000): Access denied for user 'merico'@'x'")],
    [
      "just running",
      new FactsDraft(looping(3, "Error 1045 (28000): Access denied for user 'merico'@'x'"))
        .set(local.containerState("devlake"), "running")
        .facts(),
    ],
  ])("a corrected DB_URL needs a new container, whose environment is then gone: %s", (_name, facts) => {
    expect(classify(facts)[0]?.nextSteps).toContain(
      "once .env is corrected, `docker compose up -d --no-deps devlake` recreates that container with what the files say then: what its environment holds now, the secret too, is gone",
    );
  });

  test("a backend whose database is still starting is waited for, but not for ever", () => {
    const line = "panic: dial tcp 172.18.0.2:3306: connect: connection refused";

    expect(classify(looping(9, line))).toMatchObject([
      { class: "unknown", remedies: [{ tool: "wait_until_healthy" }] },
    ]);
    expect(classesOf(looping(13, line))).toEqual(["db_connection_refused"]);
  });

  test("one that the kernel ends again and again needs memory", () => {
    const facts = new FactsDraft(looping(9, "x")).set(local.containerOomKilled("devlake"), true).facts();

    expect(classesOf(facts)).toEqual(["oom_killed"]);
  });
});

const inContext = (source: string): Facts =>
  new FactsDraft()
    .set(local.engineStatus(), "unreachable")
    .set(local.engineEndpoint(), { address: "unknown", source, context: "nope" })
    .set(
      local.engineError(),
      'the Docker context "nope" does not exist in /home/ann/.docker/contexts: choose one of `docker context ls` with `docker context use`, or unset DOCKER_CONTEXT',
    )
    .facts();

test("a Docker context that does not exist is named, with the way out", () => {
  const [finding] = classify(inContext("DOCKER_CONTEXT=nope"));
  expect(finding?.summary).toBe(
    'no Docker Engine can be asked (DOCKER_CONTEXT=nope): the Docker context "nope" does not exist in /home/ann/.docker/contexts',
  );
  expect(finding?.nextSteps.slice(0, 2)).toEqual([
    "see which contexts there are: `docker context ls`",
    "take the wrong one back: `unset DOCKER_CONTEXT`",
  ]);
  expect(classify(inContext('current context "nope" in ~/.docker/config.json'))[0]?.nextSteps[1]).toBe(
    "choose one of them: `docker context use NAME`",
  );
});

test("a name from the engine is one word of the command that it stands in", () => {
  const facts = new FactsDraft(recorded("port-8080-process").facts)
    .set(local.portHolder(8080), { kind: "container", name: "web; rm -rf $HOME" })
    .facts();

  expect(classify(facts)[0]?.nextSteps.join("\n")).toContain("docker stop 'web; rm -rf $HOME'");
});

const madeForOldPorts = (state: "running" | "restarting"): Facts =>
  healthy()
    .set(local.containerPorts("grafana"), [3004])
    .set(local.containerPublished("grafana"), [{ published: 3004, target: 3000, protocol: "tcp" }])
    .set(local.containerState("grafana"), state)
    .set(local.containerState("config-ui"), "created")
    .facts();

describe("a container made for other ports", () => {
  test.each(["running", "restarting"] as const)("is refuted by its ports, not by that it is %s", (state) => {
    expect(classify(madeForOldPorts(state))[0]).toMatchObject({
      class: "partial_deployment",
      refutedBy: "local.container.config-ui.state: running; local.container.grafana.ports is 3002",
    });
    expect(classify(madeForOldPorts(state))[0]?.summary).toContain(
      `grafana (${state}, made for port 3004 instead of 3002)`,
    );
  });
});

function looping(restarts: number, line: string): Facts {
  const draft = healthy()
    .set(local.containerState("devlake"), "restarting")
    .set(local.containerRestarts("devlake"), restarts)
    .set(local.backendPhase(), "no_answer")
    .set(local.configUiHealth(), "backend_unreachable");
  ["a", "b", "c", "d", "e", "f", line].forEach((text, index) =>
    draft.set(local.logLine("devlake", index + 1), text),
  );
  return draft.facts();
}

function unseen(): Facts {
  const draft = healthy();
  for (const service of ["mysql", "devlake", "grafana", "config-ui"])
    draft.unavailable(local.containerState(service), "the Engine stopped answering");
  return draft
    .unavailable(local.backendPhase(), "x")
    .remove(local.grafanaHealth())
    .remove(local.configUiHealth())
    .facts();
}
