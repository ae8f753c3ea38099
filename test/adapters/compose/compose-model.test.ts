import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { projectNameOf, readComposeModel } from "../../../src/adapters/compose/compose-model.ts";

const printedByV1 = readFileSync(new URL("fixtures/compose-config-v1.txt", import.meta.url), "utf8");

function serviceOf(service: unknown) {
  return readComposeModel(JSON.stringify({ name: "p", services: { a: service } }), "unused").services[0];
}

describe("the YAML of docker-compose 1.29", () => {
  it("gives the model, with the names that v1 leaves out", () => {
    expect(readComposeModel(printedByV1, "proj")).toMatchObject({
      project: "proj",
      services: [
        {
          name: "a",
          image: "x",
          ports: [
            { published: 8080, target: 8080, protocol: "tcp" },
            { published: 8081, target: 8081, protocol: "tcp" },
            { published: 81, target: 80, protocol: "udp", hostIp: "127.0.0.1" },
            { published: 82, target: 80, protocol: "tcp" },
          ],
          dependsOn: ["b"],
          restart: undefined,
          volumes: ["v", "w"],
          environment: { A: "1", C: "3", S: "ab$xyz" },
        },
        {
          name: "b",
          image: "b",
          ports: [],
          dependsOn: [],
          restart: undefined,
          volumes: [],
          environment: {},
        },
      ],
      volumes: ["proj_u", "other", "w"],
    });
  });
});

describe("a port", () => {
  it.each([
    [
      { target: 80, published: "8080", protocol: "tcp", mode: "ingress" },
      { published: 8080, protocol: "tcp" },
    ],
    [
      { target: 80, published: 8080 },
      { published: 8080, protocol: "tcp" },
    ],
    [
      { target: 80, published: "1", host_ip: "::1", protocol: "udp" },
      { published: 1, protocol: "udp", hostIp: "::1" },
    ],
    [
      { target: 80, published: "1", host_ip: "" },
      { published: 1, protocol: "tcp" },
    ],
    ["8080:80", { published: 8080, protocol: "tcp" }],
    ["8080:80/tcp", { published: 8080, protocol: "tcp" }],
    ["[::1]:8080:80", { published: 8080, protocol: "tcp", hostIp: "::1" }],
  ])("%j is published", (port, expected) => {
    expect(serviceOf({ ports: [port] })?.ports).toEqual([{ target: 80, ...expected }]);
  });

  it.each([
    { target: 80, protocol: "tcp" },
    { target: 80, published: "8080-8090" },
    { target: 80, published: "0" },
    { target: 80, published: "" },
    { target: 80, published: "8080", protocol: "sctp" },
    "80",
    80,
    "8080-8081:80-81",
    "127.0.0.1::80",
  ])("%j has no fixed host port to speak of", (port) => {
    expect(serviceOf({ ports: [port] })?.ports).toEqual([]);
  });
});

describe("a service", () => {
  it("has its named volumes, once each, without binds and anonymous ones", () => {
    const volumes = [
      { type: "volume", source: "data", target: "/a" },
      { type: "volume", source: "data", target: "/b" },
      { type: "volume", target: "/anonymous" },
      { type: "bind", source: "/srv", target: "/c" },
      { type: "tmpfs", target: "/d" },
      "logs:/e:ro",
      "./x:/f",
      "/g",
      "C:\\data:/h",
      "C:/data:/i:rw",
      "v:/j:ro",
    ];

    expect(serviceOf({ volumes })?.volumes).toEqual(["data", "logs", "v"]);
  });

  it.each([
    [
      ["b", "c"],
      ["b", "c"],
    ],
    [{ b: { condition: "service_started" } }, ["b"]],
    [null, []],
  ])("depends on %j", (dependsOn, expected) => {
    expect(serviceOf({ depends_on: dependsOn })?.dependsOn).toEqual(expected);
  });

  it("waits for the end of jobs, which Compose prints as a condition", () => {
    const dependsOn = {
      mysql: { condition: "service_healthy", required: true },
      migrate: { condition: "service_completed_successfully", required: true },
    };

    expect(serviceOf({ depends_on: dependsOn })).toMatchObject({
      dependsOn: ["mysql", "migrate"],
      dependsOnEndOf: ["migrate"],
    });
  });

  it("mounts volumes under their real names, and paths", () => {
    const text = JSON.stringify({
      name: "devlake",
      services: {
        mysql: {
          volumes: [
            { type: "volume", source: "data", target: "/var/lib/mysql", volume: {} },
            { type: "volume", source: "named", target: "/x" },
            { type: "bind", source: "/srv/init", target: "/docker-entrypoint-initdb.d" },
          ],
        },
      },
      volumes: { data: { name: "devlake_data" }, named: { name: "of-my-own", external: true } },
    });

    expect(readComposeModel(text, "x").services[0]?.mounts).toEqual([
      { type: "volume", source: "devlake_data", target: "/var/lib/mysql" },
      { type: "volume", source: "of-my-own", target: "/x" },
      { type: "bind", source: "/srv/init", target: "/docker-entrypoint-initdb.d" },
    ]);
  });

  it("has the effective environment, dollars as they are, without unset variables", () => {
    expect(serviceOf({ environment: { A: "a$$b$$$$c", B: null, C: "" } })?.environment).toEqual({
      A: "a$b$$c",
      C: "",
    });
    expect(serviceOf({ environment: ["A=x=y", "B"] })?.environment).toEqual({ A: "x=y" });
  });

  it("may have keys that we do not know", () => {
    expect(serviceOf({ image: "x", develop: { watch: [] }, restart: "always" })).toMatchObject({
      image: "x",
      restart: "always",
    });
  });
});

describe("what is not a model", () => {
  it.each([
    '{"services": []}',
    '{"services": {"a": {"ports": [{"published": "1"}]}}}',
    "[1]",
    "a: [",
    "",
    "{",
  ])("%j is refused", (printed) => {
    expect(() => readComposeModel(printed, "p")).toThrow(Error);
  });
});

describe("the project name", () => {
  // Tried with Compose 2.26: `My Dir.é` gives mydir, and `_` "project name must not be empty".
  it.each([
    ["gh-devlake", "gh-devlake"],
    ["My Dir.é", "mydir"],
    ["_x_y", "x_y"],
    ["DevLake 2", "devlake2"],
  ])("of %s is %s", (directory, name) => {
    expect(projectNameOf(directory)).toBe(name);
  });
});
