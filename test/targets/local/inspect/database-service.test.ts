import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, readFact, type Facts } from "../../../../src/core/fact.ts";
import { healthReports } from "../../../../src/targets/local/health/healthy-facts.ts";
import type { DatabaseService } from "../../../../src/targets/local/facts/fact-values.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { neededServices } from "../../../../src/targets/local/facts/needed-services.ts";
import { isPostgres, serviceOfRole } from "../../../../src/targets/local/facts/service-role.ts";
import { databaseTrouble } from "../../../../src/targets/local/health/service-trouble.ts";
import { filesAppliedFacts } from "../../../../src/targets/local/inspect/files/files-applied.ts";
import type { ComposeModel } from "../../../../src/targets/local/ports/compose.ts";
import type { ContainerDetails } from "../../../../src/targets/local/ports/docker.ts";
import { wellFacts } from "../rules/written-facts.ts";

const service = { ports: [], dependsOn: [], restart: undefined, volumes: [], environment: {} };
/** As DevLake's docker-compose-dev.yml has them. */
const model = (url: string | undefined): ComposeModel => ({
  project: "devlake",
  services: [
    { ...service, name: "mysql", image: "mysql:8" },
    { ...service, name: "postgres", image: "postgres:14.2", mounts: [] },
    { ...service, name: "postgres17", image: "postgres:17.2" },
    { ...service, name: "pgbouncer", image: "bitnami/pgbouncer:1" },
    {
      ...service,
      name: "devlake",
      image: "apache/devlake:v1.0.2",
      environment: url === undefined ? {} : { DB_URL: url },
    },
  ],
  volumes: [],
});
const container = (name: string, parts: Partial<ContainerDetails> = {}): ContainerDetails => ({
  id: `id-of-${name}`,
  name: `devlake-${name}-1`,
  image: name,
  labels: { "com.docker.compose.project": "devlake", "com.docker.compose.service": name },
  state: "running",
  publishedPorts: [],
  configuredPorts: [],
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  error: "",
  health: undefined,
  env: [],
  networks: [{ name: "n", id: "1", aliases: [name, `${name}.internal`] }],
  ...parts,
});
const told = (files: ComposeModel, own: readonly ContainerDetails[]): unknown =>
  readFact(filesAppliedFacts(files, own, own, String), local.databaseService());
const made = (url: string): readonly ContainerDetails[] => [
  container("devlake", { env: [`DB_URL=${url}`] }),
  ...["mysql", "postgres", "postgres17"].map((name) => container(name)),
];
const unknown: DatabaseService = { status: "unknown", services: ["mysql", "postgres", "postgres17"] };
const named = (name: string): DatabaseService => ({ status: "named", service: name });

describe("of several databases the one that DB_URL names", () => {
  test.each([
    ["mysql://merico:m@mysql:3306/lake", named("mysql")],
    ["postgres://merico:m@postgres:5432/lake", named("postgres")],
    ["postgresql://merico:m@postgres17:5432/lake", named("postgres17")],
    ["pg://merico:m@devlake-postgres17-1/lake", named("postgres17")],
    ["postgres://merico:m@postgres.internal/lake", named("postgres")],
    // A host that nobody has, or of a service that stands before the database: one MySQL is there, but two PostgreSQL.
    ["mysql://merico:m@mysqll:3306/lake", named("mysql")],
    ["postgres://merico:m@pgbouncer:6432/lake", unknown],
    ["mysql://merico:m@postgres:3306/lake", unknown],
    ["postgres://merico:m@db.example.com/lake", unknown],
    ["postgres://merico:m@192.0.2.7/lake", unknown],
    ["", unknown],
    ["merico:m@tcp(mysql:3306)/lake", unknown],
  ])("%s", (url, expected) => {
    expect(told(model(url), made(url))).toEqual(expected);
    // Not yet made: the files say.
    if (!url.includes("devlake-") && !url.includes(".internal"))
      expect(told(model(url), [])).toEqual(expected);
  });

  test("that the container was made for, whatever the files say by now", () => {
    const files = model("postgres://merico:m@postgres:5432/lake");

    expect(told(files, made("mysql://merico:m@mysql:3306/lake"))).toEqual(named("mysql"));
    expect(told(model(undefined), [])).toEqual(unknown);
  });

  test("nothing is said where there is one", () => {
    const { services, ...rest } = model("postgres://merico:m@postgres:5432/lake");
    const one = { ...rest, services: services.filter(({ name }) => !name.startsWith("postgres")) };

    expect(told(one, made("postgres://merico:m@postgres:5432/lake"))).toBeUndefined();
  });

  test("and its volume is that which is compared", () => {
    const url = "postgres://merico:m@postgres:5432/lake";
    const mounts = [{ type: "volume", source: "devlake_pg", target: "/var/lib/postgresql/data" }];
    const own = [container("devlake", { env: [`DB_URL=${url}`] }), container("postgres", { mounts })];

    const facts = filesAppliedFacts(model(url), own, own, String);

    expect(readFact(facts, local.databaseMounts())).toBe("differs");
  });
});

/** DevLake on `postgres`, which is well; the MySQL beside it is stopped. */
const both = (choice: DatabaseService): FactsDraft =>
  wellFacts()
    .set(local.services(), ["config-ui", "devlake", "grafana", "mysql", "postgres"])
    .set(local.serviceModel("devlake"), {
      ports: [{ published: 8080, target: 8080, protocol: "tcp" }],
      dependsOn: [],
      volumes: [],
    })
    .set(local.serviceModel("grafana"), {
      ports: [{ published: 3002, target: 3000, protocol: "tcp" }],
      dependsOn: [],
      volumes: [],
    })
    .set(local.serviceModel("postgres"), { image: "postgres:17", ports: [], dependsOn: [], volumes: [] })
    .set(local.serviceRole("postgres"), "database")
    .set(local.containerState("postgres"), "running")
    .set(local.containerState("mysql"), "exited")
    .set(local.databaseService(), choice);
const isHealthy = (facts: Facts): boolean => healthReports(facts).every(({ healthy }) => healthy);

describe("with several databases", () => {
  test("the one that is not DevLake's is told, and not held against it", () => {
    const facts = both(named("postgres")).facts();

    expect(serviceOfRole(facts, "database")?.service).toBe("postgres");
    expect(isPostgres(facts, "postgres")).toBe(true);
    expect(neededServices(facts)).not.toContain("mysql");
    expect(isHealthy(facts)).toBe(true);
    expect(classify(facts)).toMatchObject([
      { severity: "info", summary: "not running, and not needed by DevLake: mysql (exited)" },
    ]);
  });

  test("the one that is DevLake's and does not stay up is a finding", () => {
    const facts = both(named("postgres"))
      .set(local.containerState("postgres"), "restarting")
      .set(local.containerRestarts("postgres"), 7)
      .facts();

    expect(databaseTrouble(facts)).toMatchObject({ service: "postgres" });
    expect(isHealthy(facts)).toBe(false);
  });

  test("where none can be told that is said, each counts, and no step names one", () => {
    const draft = both({ status: "unknown", services: ["mysql", "postgres"] });
    const well = draft.set(local.containerState("mysql"), "running").facts();
    const refused = new FactsDraft(well)
      .set(local.backendPhase(), "no_answer")
      .set(local.containerState("devlake"), "restarting")
      .set(local.containerRestarts("devlake"), 30)
      .set(local.logLine("devlake", 1), "panic: dial tcp 172.18.0.2:3306: connect: connection refused")
      .facts();

    expect(serviceOfRole(well, "database")).toBeUndefined();
    expect(classify(well)).toMatchObject([
      { class: "unknown", severity: "info", summary: expect.stringContaining("mysql, postgres") },
    ]);
    expect(isHealthy(new FactsDraft(well).set(local.containerState("postgres"), "exited").facts())).toBe(
      false,
    );
    expect(classify(refused)[0]?.nextSteps.join("\n")).not.toMatch(/\b(?:mysql|postgres)\b/);
  });
});
