import { describe, expect, it } from "vitest";
import {
  holderOf,
  secretsOnlyIn,
  secretVariablesOf,
} from "../../../../src/targets/local/losses/container-secrets.ts";

const nothing = holderOf([]);

function container(name: string, environment: Readonly<Record<string, string>>) {
  return { name, secrets: secretVariablesOf(Object.entries(environment)) };
}

describe("the secrets of a container's environment", () => {
  it("are what names say, and passwords in URLs", () => {
    const found = secretVariablesOf(
      Object.entries({
        ENCRYPTION_SECRET: "ABCDEFGHIJKL",
        DB_URL: "mysql://merico:p%40ss-word@mysql:3306/lake",
        DSN_OF_GO: "merico:s3cret@tcp(mysql:3306)/lake",
        PATH: "/usr/bin:/bin",
        TZ: "UTC",
        MYSQL_USER: "merico",
        GPG_KEYS: "177F4010FE56CA3336300305F1656F24C74CD1D8",
        SESSION_SECRET: "",
        "bad name KEY": "x",
      }),
    );

    expect(found.map(({ name, secret }) => [name, secret])).toEqual([
      ["ENCRYPTION_SECRET", "ABCDEFGHIJKL"],
      ["DB_URL", "p@ss-word"],
      ["DSN_OF_GO", "s3cret"],
    ]);
  });

  it("are those too that a policy names", () => {
    expect(secretVariablesOf([["LAKE_TEAM", "blue"]], new Set(["LAKE_TEAM"]))).toHaveLength(1);
  });
});

describe("a secret that only containers hold", () => {
  it("is told with all containers that hold it", () => {
    const groups = secretsOnlyIn(
      [
        container("lake-1", { ENCRYPTION_SECRET: "ABCDEFGHIJKL", DB_URL: "mysql://u:other-pass@h/d" }),
        container("ui-1", { ENCODE_KEY: "ABCDEFGHIJKL" }),
        container("grafana-1", { GF_SECURITY_SECRET_KEY: "grafana-key" }),
      ],
      nothing,
    );

    expect(groups).toEqual([
      { variables: ["GF_SECURITY_SECRET_KEY"], containers: ["grafana-1"] },
      { variables: ["DB_URL"], containers: ["lake-1"] },
      { variables: ["ENCODE_KEY", "ENCRYPTION_SECRET"], containers: ["lake-1", "ui-1"] },
    ]);
  });

  it.each([
    ["under its name", [["ENCRYPTION_SECRET", "ABCDEFGHIJKL"]]],
    ["under the name of an older version", [["ENCODE_KEY", "ABCDEFGHIJKL"]]],
    ["under any name, when it is long", [["LAKE_THING", "ABCDEFGHIJKL"]]],
    ["as a password in a URL", [["DB_URL", "mysql://merico:ABCDEFGHIJKL@mysql/lake"]]],
  ] as const)("is none when a file has it %s", (_how, settings) => {
    expect(
      secretsOnlyIn([container("lake-1", { ENCRYPTION_SECRET: "ABCDEFGHIJKL" })], holderOf(settings)),
    ).toEqual([]);
  });

  it("is one still when a file has a short word like it for something else", () => {
    const held = holderOf([["MYSQL_DATABASE", "lake"]]);

    expect(secretsOnlyIn([container("mysql-1", { MYSQL_PASSWORD: "lake" })], held)).toHaveLength(1);
  });
});
