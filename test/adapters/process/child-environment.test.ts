import { describe, expect, it } from "vitest";
import {
  checkDockerPlaces,
  childEnvironment,
  compose1Environment,
  composeEnvironment,
  toolEnvironment,
} from "../../../src/adapters/process/child-environment.ts";

const linux = (env: Readonly<Record<string, string>>) => ({ env, platform: "linux" }) as const;
const own = { GH_DEVLAKE_SIGNING_KEY: "s", GH_DEVLAKE_MODEL_API_KEY: "m", GH_DEVLAKE_NEW: "n" };
const tokens = { GH_TOKEN: "t", GITHUB_TOKEN: "t", OPENAI_API_KEY: "k", AWS_SECRET_ACCESS_KEY: "a" };

describe("any child", () => {
  it("gets none of our own variables, and no place for code that the working directory decides on", () => {
    const env = {
      ...own,
      PATH: ".:/usr/bin:",
      LD_LIBRARY_PATH: ":/opt/lib:lib",
      DYLD_LIBRARY_PATH: ".",
      HOME: ".",
      OTHER: "x",
    };

    expect(childEnvironment(linux(env))).toEqual({
      PATH: "/usr/bin",
      LD_LIBRARY_PATH: "/opt/lib",
      OTHER: "x",
    });
  });

  it("of Windows gets PATH under one name, and does not look into the working directory either", () => {
    const env = { Path: String.raw`.;C:\b`, PATH: String.raw`.;C:\b`, gh_devlake_signing_key: "s" };

    expect(childEnvironment({ env, platform: "win32" })).toEqual({
      PATH: String.raw`C:\b`,
      NoDefaultCurrentDirectoryInExePath: "1",
    });
  });
});

describe("a program that is neither Docker nor Compose", () => {
  const env = {
    ...own,
    ...tokens,
    PATH: "/usr/bin",
    HOME: "/home/ann",
    LANG: "de_DE.UTF-8",
    LC_ALL: "C",
    TERM: "xterm",
    LD_PRELOAD: "/x.so",
    GIT_DIR: "/x",
    GIT_SSH_COMMAND: "x",
    SSH_AUTH_SOCK: "/run/agent",
    SSH_ASKPASS: "askpass",
    GH_CONFIG_DIR: "conf",
    GIT_CONFIG_GLOBAL: "/home/ann/git",
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus",
  };
  const basics = { PATH: "/usr/bin", HOME: "/home/ann", LANG: "de_DE.UTF-8", LC_ALL: "C", TERM: "xterm" };

  it.each([
    ["system", {}],
    ["git", { GIT_CONFIG_GLOBAL: "/home/ann/git" }],
    ["gh", { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" }],
    ["ssh", { SSH_AUTH_SOCK: "/run/agent", DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" }],
  ] as const)("gets the least: %s", (tool, more) => {
    expect(toolEnvironment(tool, linux(env))).toEqual({ ...basics, ...more });
  });

  it("of Windows gets what Windows needs, however it is written", () => {
    const windows = { Path: String.raw`C:\b`, SystemRoot: String.raw`C:\Windows`, GH_TOKEN: "t" };

    expect(toolEnvironment("system", { env: windows, platform: "win32" })).toEqual({
      PATH: String.raw`C:\b`,
      SystemRoot: String.raw`C:\Windows`,
      NoDefaultCurrentDirectoryInExePath: "1",
    });
  });
});

describe("Compose", () => {
  it("gets the user's variables, which its files may interpolate, and never ours", () => {
    const child = composeEnvironment(linux({ ...own, ...tokens, PATH: "/usr/bin", COMPOSE_FILE: "x.yml" }));

    expect(child).toMatchObject({ ...tokens, COMPOSE_FILE: "x.yml" });
    expect(Object.keys(child).filter((name) => name.startsWith("GH_DEVLAKE_"))).toEqual([]);
  });

  it("has settings that neither .env nor the shell can change", () => {
    const env = { COMPOSE_EXPERIMENTAL_GIT_REMOTE: "1", COMPOSE_REMOVE_ORPHANS: "1", COMPOSE_ANSI: "always" };

    expect(composeEnvironment(linux(env))).toMatchObject({
      COMPOSE_EXPERIMENTAL_GIT_REMOTE: "0",
      COMPOSE_EXPERIMENTAL_OCI_REMOTE: "0",
      COMPOSE_REMOVE_ORPHANS: "0",
      COMPOSE_ANSI: "never",
    });
  });

  it("takes from .env nothing that makes the programs it starts run code, but leaves the user's own", () => {
    const child = composeEnvironment(linux({ SSH_ASKPASS: "/usr/bin/ksshaskpass" }));

    expect(child).toMatchObject({ LD_PRELOAD: "", BASH_ENV: "", SSH_ASKPASS: "/usr/bin/ksshaskpass" });
  });

  it("of version 1 takes no other engine from .env, but the user's", () => {
    expect(compose1Environment(linux({}))).toMatchObject({ DOCKER_HOST: "", DOCKER_TLS_VERIFY: "" });
    expect(compose1Environment(linux({ DOCKER_HOST: "tcp://x" }))).toMatchObject({ DOCKER_HOST: "tcp://x" });
  });
});

describe("places that Docker reads programs and keys from", () => {
  it.each(["DOCKER_CONFIG", "DOCKER_CERT_PATH", "HOME"])("are refused when %s is relative", (name) => {
    expect(() => checkDockerPlaces(linux({ [name]: "./conf" }))).toThrow(
      `${name}=./conf is a relative path, which Docker would look for in the deployment's directory`,
    );
  });

  it("are taken when they are absolute or empty", () => {
    const env = { DOCKER_CONFIG: "/etc/docker-cli", DOCKER_CERT_PATH: "", HOME: "/home/ann" };

    expect(() => checkDockerPlaces(linux(env))).not.toThrow();
  });
});
