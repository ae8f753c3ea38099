import { describe, expect, it, test } from "vitest";
import { FactsDraft } from "../../../../src/core/fact.ts";
import type { PublishedPort } from "../../../../src/targets/local/facts/fact-values.ts";
import { serviceModel, serviceRole, services } from "../../../../src/targets/local/facts/local-facts.ts";
import { roleOf, serviceOfRole } from "../../../../src/targets/local/facts/service-role.ts";

test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
  "a service may be called %s",
  (name) => {
    expect(roleOf(name, undefined)).toBe("other");
  },
);

test.each([
  ["db", "postgres:17.2"],
  ["db", "registry.example.com/library/postgres:14.2-alpine"],
  ["postgres", undefined],
  ["db", "mysql:8"],
])("%s of the image %s is the database", (name, image) => {
  expect(roleOf(name, image)).toBe("database");
});

const tcp = (published: number, target: number): PublishedPort => ({ published, target, protocol: "tcp" });
const udp = (published: number, target: number): PublishedPort => ({ published, target, protocol: "udp" });

describe("the published port of a service", () => {
  it.each([
    ["of the usual container port", [udp(8080, 8080), tcp(9229, 9229), tcp(8085, 8080)], 8085],
    ["the first TCP port otherwise", [udp(5140, 514), tcp(9000, 80), tcp(9001, 81)], 9000],
    ["none, if there is no TCP port", [udp(8080, 8080)], undefined],
    ["none, if nothing is published", [], undefined],
  ])("is the one %s", (_name, ports, published) => {
    const facts = new FactsDraft()
      .set(services(), ["lake"])
      .set(serviceRole("lake"), "backend")
      .set(serviceModel("lake"), { ports, dependsOn: [], volumes: [] })
      .facts();

    expect(serviceOfRole(facts, "backend")).toEqual({ service: "lake", published });
  });
});

describe("the role of a service of other names and images", () => {
  it.each([
    ["lake-api", "registry.example/team/api:3", ["DB_URL", "ENCRYPTION_SECRET", "TZ"], "backend"],
    ["api", undefined, ["DB_URL", "ENCODE_KEY"], "backend"],
    ["worker", "registry.example/worker", ["DB_URL"], "other"],
    ["portal", "registry.example/web", ["DEVLAKE_ENDPOINT"], "config-ui"],
    ["charts", "registry.example/charts", ["GF_SERVER_ROOT_URL"], "grafana"],
    ["mysql-exporter", "prom/mysqld-exporter:v0.15", [], "other"],
    ["dump", "registry.example/mysql-backup:1", ["DB_URL", "ENCRYPTION_SECRET"], "other"],
    ["db", "mariadb:11", [], "database"],
  ] as const)("%s is what it is given: %s", (name, image, variables, role) => {
    expect(roleOf(name, image, variables)).toBe(role);
  });
});
