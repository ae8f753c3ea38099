import { describe, expect, test } from "vitest";
import { classify } from "../../src/classify/classify.ts";
import { FactsDraft, type Facts } from "../../src/core/fact.ts";
import { FindingClassSchema } from "../../src/core/finding.ts";
import * as local from "../../src/core/local-facts.ts";
import { recorded, recordedNames } from "../plan/recorded-facts.ts";

/** What each recorded fault is, worst first. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "all-stopped": ["service_stopped"],
  "backend-crash-loop": ["backend_crash_loop"],
  "backend-first-restarts": ["backend_crash_loop"],
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
  const found = new Set([
    ...recordedNames.flatMap((name) => classesOf(recorded(name).facts)),
    ...classesOf(out),
  ]);

  expect(FindingClassSchema.options.filter((name) => !found.has(name))).toEqual([]);
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
      "panic: ENCRYPTION_SECRET must be set in environment variable or .env file",
      /without ENCRYPTION_SECRET/,
    ],
    [
      "Wraps: (2) Error 1045 (28000): Access denied for user 'merico'@'172.18.0.5' (using password: YES)",
      /refuses its user/,
    ],
    ["got error Error 1049 (42000): Unknown database 'nolake'", /does not exist/],
    ["dial tcp: lookup mysql on 127.0.0.11:53: no such host", /host that DB_URL names/],
    ["panic: invalid encryptionSecret; invalid encryptionSecret (500)", /not the one/],
    ["panic: locking _devlake_locking_stub timeout, the database might be locked", /another DevLake/],
    ["panic: invalid DB_URL:<redacted>", /DB_URL/],
  ])("a crash loop is told by its log: %s", (line, summary) => {
    const facts = looping(9, line);

    expect(classify(facts)).toMatchObject([{ class: "backend_crash_loop", remedies: [] }]);
    expect(classify(facts)[0]?.summary).toMatch(summary);
    expect(classify(facts)[0]?.evidence).toContain("local.log.devlake.7");
  });

  test("a backend whose database is still starting is waited for, but not for ever", () => {
    const line = "panic: dial tcp 172.18.0.2:3306: connect: connection refused";

    expect(classify(looping(9, line))).toMatchObject([
      { class: "unknown", remedies: [{ tool: "wait_until_healthy" }] },
    ]);
    expect(classesOf(looping(13, line))).toEqual(["backend_crash_loop"]);
  });

  test("one that the kernel ends again and again needs memory", () => {
    const facts = new FactsDraft(looping(9, "x")).set(local.containerOomKilled("devlake"), true).facts();

    expect(classesOf(facts)).toEqual(["oom_killed"]);
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
