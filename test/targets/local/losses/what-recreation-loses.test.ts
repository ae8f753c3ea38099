import { describe, expect, it } from "vitest";
import type { ServiceImage, SettingChange } from "../../../../src/targets/local/facts/change-facts.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import { withoutHolders, withSavedSecrets } from "../../../../src/targets/local/losses/kept-secrets.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import {
  recreationLossReads,
  whatRecreationLoses,
} from "../../../../src/targets/local/losses/what-recreation-loses.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

const all = ["config-ui", "devlake", "grafana", "mysql"];
const healthy = (): FactsDraft => new FactsDraft(recorded("healthy").facts).set(local.containerSecrets(), []);

function kinds(facts: Facts, services: readonly string[] = all, containers: readonly string[] = []) {
  return whatRecreationLoses(facts, services, containers).map(({ kind, of }) => `${kind} ${of}`);
}

describe("a container may be recreated", () => {
  it("when the files have all that it holds", () => {
    expect(kinds(healthy().facts())).toEqual([]);
  });

  it("only after somebody has looked what it holds", () => {
    const before = healthy().remove(local.containerSecrets()).facts();

    expect(kinds(before, ["grafana"])).toEqual(["not_looked_at grafana"]);
  });
});

describe("the last copy of a secret", () => {
  const shared = healthy()
    .set(local.containerSecrets(), [
      { variables: ["ENCRYPTION_SECRET"], containers: ["devlake-config-ui-1", "devlake-devlake-1"] },
    ])
    .facts();

  it("is not lost with one of two holders, and is with both", () => {
    expect(kinds(shared, ["devlake"])).toEqual([]);
    expect(kinds(shared, ["devlake", "config-ui"])).toEqual(["last_secret config-ui"]);
  });

  it("is with the second, after the first is gone", () => {
    const after = withoutHolders(shared, ["devlake-devlake-1"]);

    expect(after.get("local.container.config-ui.only-secrets")).toEqual({ value: ["ENCRYPTION_SECRET"] });
    expect(kinds(after, ["config-ui"])).toEqual(["last_secret config-ui"]);
  });

  it("is not once it was saved from any of them", () => {
    expect(kinds(withSavedSecrets(shared, ["devlake-config-ui-1"]))).toEqual([]);
  });

  it("counts in containers beyond one per service", () => {
    const facts = healthy()
      .set(local.containerSecrets(), [
        { variables: ["SESSION_SECRET"], containers: ["abc_devlake-devlake-1"] },
      ])
      .facts();

    expect(kinds(facts)).toEqual([]);
    expect(kinds(facts, [], ["abc_devlake-devlake-1"])).toEqual(["last_secret abc_devlake-devlake-1"]);
  });
});

describe("a secret that the files have otherwise", () => {
  it.each(["differs", "only_container"] as const)("forbids it for the backend: %s", (secret) => {
    const facts = healthy().set(local.filesApplied(), { secret, databaseUrl: "same" }).facts();

    expect(kinds(facts)).toEqual(["secret devlake"]);
    expect(kinds(facts, ["grafana"])).toEqual([]);
  });

  it("says both choices", () => {
    const facts = healthy().set(local.filesApplied(), { secret: "differs", databaseUrl: "same" }).facts();

    expect(whatRecreationLoses(facts, ["devlake"])[0]?.message).toMatch(
      /keep the container's .* or, if the data was written/,
    );
  });

  it("is no obstacle where the container has none, or no container is there", () => {
    const made = healthy().set(local.filesApplied(), { secret: "only_files", databaseUrl: "same" });
    const absent = healthy()
      .set(local.filesApplied(), { secret: "differs", databaseUrl: "same" })
      .set(local.containerState("devlake"), "absent");

    expect(kinds(made.facts())).toEqual([]);
    expect(kinds(absent.facts())).toEqual([]);
  });

  it("forbids it for a Grafana with another key, and for a DB_URL of another database", () => {
    const change: SettingChange = { setting: "environment.GF_SECURITY_SECRET_KEY", how: "differs" };
    const facts = healthy()
      .set(local.containerChanges("grafana"), [change])
      .set(local.filesApplied(), { secret: "same", databaseUrl: "differs" })
      .facts();

    expect(kinds(facts)).toEqual(["database_url devlake", "grafana_secret grafana"]);
  });
});

describe("data", () => {
  it("without a name forbids it", () => {
    const facts = healthy()
      .set(local.containerUnnamedData("mysql"), [{ path: "/var/lib/mysql", kind: "anonymous_volume" }])
      .set(local.otherUnnamedData(), [
        { container: "old-1", data: [{ path: "/x", kind: "container_layer" }] },
      ])
      .facts();

    expect(kinds(facts)).toEqual(["unnamed_data mysql"]);
    expect(kinds(facts, [], ["old-1"])).toEqual(["unnamed_data old-1"]);
  });

  it.each<[string, string, SettingChange, boolean]>([
    [
      "another volume",
      "mysql",
      { setting: "volumes./var/lib/mysql", how: "differs", container: "a", files: "b" },
      true,
    ],
    ["none any more", "grafana", { setting: "volumes./var/lib/grafana", how: "only_container" }, true],
    [
      "one where the data lies in the layer",
      "mysql",
      { setting: "volumes./var/lib/mysql", how: "only_files" },
      true,
    ],
    ["another data directory", "mysql", { setting: "environment.PGDATA", how: "differs" }, true],
    [
      "another command with a data directory",
      "mysql",
      { setting: "command", how: "differs", files: "--datadir=/x" },
      true,
    ],
    ["more settings", "mysql", { setting: "volumes./etc/mysql/conf.d", how: "only_files" }, false],
    [
      "other provisioning",
      "grafana",
      { setting: "volumes./etc/grafana/provisioning", how: "differs" },
      false,
    ],
    ["another volume of logs", "devlake", { setting: "volumes./app/logs", how: "differs" }, false],
    ["another time zone", "mysql", { setting: "environment.TZ", how: "differs" }, false],
  ])("that the files look for elsewhere forbids it: %s", (_name, service, change, forbids) => {
    const facts = healthy().set(local.containerChanges(service), [change]).facts();

    expect(kinds(facts)).toEqual(forbids ? [`other_data ${service}`] : []);
  });

  it("that could not be compared forbids it", () => {
    expect(kinds(healthy().set(local.containerNotSeen("mysql"), ["volumes"]).facts())).toEqual([
      "other_data mysql",
    ]);
    expect(kinds(healthy().set(local.databaseMounts(), "differs").facts())).toEqual(["other_data mysql"]);
  });
});

function image(parts: Partial<ServiceImage>): ServiceImage {
  return {
    wanted: "mysql:8",
    running: "mysql:8",
    present: true,
    moved: true,
    wantedVersion: "8.4.2",
    runningVersion: "8.0.39",
    isDigest: false,
    ...parts,
  };
}

function messageOf(service: string, parts: Partial<ServiceImage>): string | undefined {
  const facts = healthy().set(local.serviceImage(service), image(parts)).facts();
  return whatRecreationLoses(facts, [service])[0]?.message;
}

describe("an image under data", () => {
  it.each<[string, Partial<ServiceImage>, RegExp | undefined]>([
    ["mysql", {}, /from 8\.0\.39 to 8\.4\.2, and no step makes a backup/],
    ["mysql", { wantedVersion: "8.0.39", runningVersion: "8.4.2" }, /an older version does not read/],
    ["mysql", { wantedVersion: "8.0.9", runningVersion: "8.0.10" }, /an older version does not read/],
    ["mysql", { present: false, moved: undefined }, /to whatever mysql:8 is once it is pulled/],
    ["mysql", { wanted: "mysql:9", moved: undefined }, /would move/],
    ["mysql", { moved: false, wanted: "mysql:8.4" }, undefined],
    ["mysql", { running: undefined }, undefined],
    ["grafana", {}, /would move/],
    ["devlake", {}, /FORCE_MIGRATION/],
    ["config-ui", {}, undefined],
  ])("%s %j", (service, parts, expected) => {
    if (expected === undefined) expect(messageOf(service, parts)).toBeUndefined();
    else expect(messageOf(service, parts)).toMatch(expected);
  });
});

it("reads every fact that it names", () => {
  const facts = healthy()
    .set(local.containerSecrets(), [{ variables: ["A_KEY"], containers: ["devlake-mysql-1"] }])
    .set(local.filesApplied(), { secret: "differs", databaseUrl: "differs" })
    .set(local.containerUnnamedData("grafana"), [{ path: "/var/lib/grafana", kind: "container_layer" }])
    .set(local.databaseMounts(), "differs")
    .set(local.serviceImage("mysql"), { wanted: "a", running: "b", present: true, isDigest: false })
    .facts();
  const read = recreationLossReads(facts, all).map(({ id }) => id);

  const losses = whatRecreationLoses(facts, all);

  expect(losses.length).toBeGreaterThan(5);
  expect(losses.map(({ fact }) => fact).filter((fact) => !read.includes(fact))).toEqual([]);
});
