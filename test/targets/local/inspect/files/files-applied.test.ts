import { describe, expect, test } from "vitest";
import { readFact } from "../../../../../src/core/fact.ts";
import {
  databaseHost,
  databaseMounts,
  filesApplied,
} from "../../../../../src/targets/local/facts/local-facts.ts";
import { filesAppliedFacts } from "../../../../../src/targets/local/inspect/files/files-applied.ts";
import type { ComposeModel } from "../../../../../src/targets/local/ports/compose.ts";
import type { ContainerDetails, Mount } from "../../../../../src/targets/local/ports/docker.ts";

const url = "mysql://merico:p%40ss@mysql:3306/lake?charset=utf8mb4";

function model(environment: Readonly<Record<string, string>>, mounts?: readonly Mount[]): ComposeModel {
  const service = { ports: [], dependsOn: [], restart: undefined, volumes: [], environment: {} };
  return {
    project: "devlake",
    services: [
      { ...service, name: "devlake", image: "apache/devlake:v1.0.2", environment },
      { ...service, name: "mysql", image: "mysql:8", ...(mounts !== undefined && { mounts }) },
    ],
    volumes: [],
  };
}

function container(service: string, parts: Partial<ContainerDetails>): ContainerDetails {
  return {
    id: `id-of-${service}`,
    name: `devlake-${service}-1`,
    image: service,
    labels: { "com.docker.compose.project": "devlake", "com.docker.compose.service": service },
    state: "running",
    publishedPorts: [],
    configuredPorts: [],
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    error: "",
    health: undefined,
    env: [],
    networks: [],
    ...parts,
  };
}

const at = (source: string, type = "volume", target = "/var/lib/mysql"): Mount => ({
  type,
  source,
  target,
});

const look = (environment: Readonly<Record<string, string>>, env: readonly string[]) => {
  const own = [container("devlake", { env })];
  return filesAppliedFacts(model(environment), own, own, (text) => text);
};

describe("the secret", () => {
  test.each([
    ["the same", { ENCRYPTION_SECRET: "a$b" }, ["ENCRYPTION_SECRET=a$b"], "same"],
    ["another", { ENCRYPTION_SECRET: "new" }, ["ENCRYPTION_SECRET=old"], "differs"],
    ["gone from the files", {}, ["ENCRYPTION_SECRET=old"], "only_container"],
    ["empty in the files", { ENCRYPTION_SECRET: "" }, ["ENCRYPTION_SECRET=old"], "only_container"],
    ["not yet in the container", { ENCRYPTION_SECRET: "new" }, ["PATH=/bin"], "only_files"],
    ["nowhere", {}, ["ENCRYPTION_SECRET="], "neither"],
    ["under its old name", { ENCRYPTION_SECRET: "s" }, ["ENCODE_KEY=s"], "same"],
    ["of an older version, replaced", { ENCRYPTION_SECRET: "t" }, ["ENCODE_KEY=s"], "differs"],
  ] as const)("%s", (_name, environment, env, says) => {
    expect(readFact(look(environment, env), filesApplied())?.secret).toBe(says);
  });

  test("no value of it, and nothing made of one, is in a fact", () => {
    const facts = look({ ENCRYPTION_SECRET: "CANARYNEW", DB_URL: url.replace("p%40ss", "CANARYPASS") }, [
      "ENCRYPTION_SECRET=CANARYOLD",
      `DB_URL=${url}`,
    ]);

    expect(JSON.stringify([...facts])).not.toMatch(/CANARY|p%40ss|p@ss|[0-9a-f]{32}/);
    expect(readFact(facts, filesApplied())).toMatchObject({ secret: "differs", databaseUrl: "differs" });
  });
});

test.each([
  ["host", url.replace("@mysql:", "@db:"), ["host"]],
  ["port left out", url.replace(":3306", ""), []],
  ["database", url.replace("/lake", "/lake2"), ["database"]],
  ["user and password", url.replace("merico:p%40ss", "ann:x"), ["user", "password"]],
  ["parameters", `${url}&loc=UTC`, ["parameters"]],
  ["scheme", url.replace("mysql://", "postgres://"), ["scheme"]],
])("DB_URL with another %s", (_name, wanted, differing) => {
  const parts = readFact(look({ DB_URL: wanted }, [`DB_URL=${url}`]), filesApplied())?.parts ?? {};

  expect(
    Object.entries(parts).flatMap(([part, is]) => (is === "same" || is === "neither" ? [] : [part])),
  ).toEqual(differing);
});

test.each([
  ["a service", "mysql", "service"],
  ["an alias", "database", "container"],
  ["another project's container", "shared-mysql-1", "container"],
  ["an address", "192.0.2.7", "elsewhere"],
  ["a name with dots", "db.example.com", "elsewhere"],
  ["nobody", "mysqll", "nobody"],
])("the host of DB_URL is that of %s", (_name, host, bearer) => {
  const own = [
    container("devlake", { env: [`DB_URL=mysql://m:p@${host}:3306/lake`] }),
    container("mysql", { networks: [{ name: "n", id: "1", aliases: ["mysql", "database"] }] }),
  ];
  const all = [...own, { ...container("x", {}), name: "shared-mysql-1" }];

  const facts = filesAppliedFacts(model({}), own, all, (text) => text);

  expect(readFact(facts, databaseHost())).toEqual({ host, bearer });
});

describe("the database's volume", () => {
  test.each([
    ["the same", [at("devlake_mysql-storage")], [at("devlake_mysql-storage")], "same"],
    ["another", [at("other_mysql-storage")], [at("devlake_mysql-storage")], "differs"],
    ["none in the files by now", [], [at("devlake_mysql-storage")], "differs"],
    ["anonymous", [], [at("a".repeat(64))], "same"],
    ["new in the files", [at("devlake_mysql-storage")], [at("a".repeat(64))], "differs"],
    [
      "a path, as Docker Desktop tells it",
      [at("/home/a/db", "bind")],
      [at("/host_mnt/home/a/db", "bind")],
      "same",
    ],
    ["a path in place of a volume", [at("/home/a/db", "bind")], [at("devlake_mysql-storage")], "differs"],
  ] as const)("%s", (_name, wanted, made, says) => {
    const own = [container("mysql", { mounts: made })];

    expect(readFact(filesAppliedFacts(model({}, wanted), own, own, String), databaseMounts())).toBe(says);
  });

  test("nothing is said where the container's or a short form's is not known", () => {
    const own = [container("mysql", {})];

    expect(readFact(filesAppliedFacts(model({}), own, own, String), databaseMounts())).toBeUndefined();
  });
});
