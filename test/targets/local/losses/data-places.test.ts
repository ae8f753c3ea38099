import { describe, expect, it } from "vitest";
import {
  dataDirectoryOf,
  unnamedDataOf,
  type DataHolder,
} from "../../../../src/targets/local/losses/data-places.ts";

const anonymous = "a".repeat(64);
const database: DataHolder = { role: "database", image: "mysql:8", env: [], hasRun: true, mounts: [] };
const volume = (target: string, source = "lake_mysql") => ({ type: "volume", source, target });

describe("where a service keeps its data", () => {
  it.each([
    ["/var/lib/mysql", {}],
    ["/var/lib/mysql", { image: "mariadb:11" }],
    ["/var/lib/postgresql/data", { image: "postgres:17" }],
    [
      "/var/lib/postgresql/18/docker",
      { image: "postgres:18", env: ["PGDATA=/var/lib/postgresql/18/docker"] },
    ],
    ["/bitnami/mysql/data", { image: "bitnami/mysql:8" }],
    ["/srv/db", { command: ["mysqld", "--datadir=/srv/db"] }],
    ["/srv/db", { command: ["--datadir", "/srv/db"] }],
    ["/var/lib/grafana", { role: "grafana" as const }],
    ["/data/g", { role: "grafana" as const, env: ["GF_PATHS_DATA=/data/g"] }],
    [undefined, { role: "backend" as const }],
    [undefined, { role: "other" as const }],
  ])("is %s", (place, parts) => {
    expect(dataDirectoryOf({ ...database, ...parts })).toBe(place);
  });
});

describe("data without a name", () => {
  it.each<[string, Partial<DataHolder>, readonly (readonly [string, string])[]]>([
    ["in the layer of a database", {}, [["/var/lib/mysql", "container_layer"]]],
    [
      "in memory",
      { mounts: [{ type: "tmpfs", source: "", target: "/var/lib/mysql" }] },
      [["/var/lib/mysql", "container_layer"]],
    ],
    ["none in a layer that never ran", { hasRun: false }, []],
    [
      "in an anonymous volume",
      { mounts: [volume("/var/lib/mysql", anonymous)] },
      [["/var/lib/mysql", "anonymous_volume"]],
    ],
    [
      "in one of a container that never ran, which may have been made for another",
      { hasRun: false, mounts: [volume("/var/lib/mysql", anonymous)] },
      [["/var/lib/mysql", "anonymous_volume"]],
    ],
    ["none in a named volume", { mounts: [volume("/var/lib/mysql")] }, []],
    ["none in a named volume above it", { mounts: [volume("/var/lib")] }, []],
    [
      "none in a host directory",
      { mounts: [{ type: "bind", source: "/srv", target: "/var/lib/mysql" }] },
      [],
    ],
    [
      "in the nearest of two",
      { mounts: [volume("/var/lib"), volume("/var/lib/mysql", anonymous)] },
      [["/var/lib/mysql", "anonymous_volume"]],
    ],
    [
      "although something in it has a volume",
      { role: "grafana", mounts: [volume("/var/lib/grafana/plugins")] },
      [["/var/lib/grafana", "container_layer"]],
    ],
    [
      "none of the backend, whose logs are no data",
      { role: "backend", mounts: [volume("/app/logs", anonymous)] },
      [],
    ],
    [
      "in each anonymous volume of a service that nobody knows",
      { role: "other", mounts: [volume("/x", anonymous), volume("/y")] },
      [["/x", "anonymous_volume"]],
    ],
  ])("is found %s", (_where, parts, expected) => {
    expect(unnamedDataOf({ ...database, ...parts }).map(({ path, kind }) => [path, kind])).toEqual(expected);
  });
});
