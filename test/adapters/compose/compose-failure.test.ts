import { describe, expect, it } from "vitest";
import { configFailureOf, isPluginMissing } from "../../../src/adapters/compose/compose-failure.ts";
import { quotingFailures, v1Failures, v2Failures } from "./compose-config-failures.ts";

describe("a failed config of Compose v2", () => {
  it("names a missing env file", () => {
    expect(configFailureOf(v2Failures.missingEnv)).toEqual({
      kind: "env_file_missing",
      path: "/srv/x/.env",
      message: "env file /srv/x/.env not found: stat /srv/x/.env: no such file or directory",
    });
  });

  it.each(["emptyDirectory", "namedFileMissing"] as const)(
    "knows that there is no compose file: %s",
    (name) => {
      expect(configFailureOf(v2Failures[name])).toEqual({
        kind: "no_compose_file",
        message: v2Failures[name].trim(),
      });
    },
  );

  it.each([
    ["envIsDirectory", "read /srv/x/.env: is a directory"],
    ["invalidYaml", "yaml: line 1: did not find expected key"],
    ["duplicateKey", 'yaml: unmarshal errors:\nline 4: mapping key "a" already defined at line 2'],
    [
      "unknownProperty",
      "validating /srv/x/docker-compose.yml: services.a Additional property prots is not allowed",
    ],
    [
      "requiredVariable",
      "error while interpolating services.a.image: required variable TAG is missing a value",
    ],
    ["permissionDenied", "open /srv/x/docker-compose.yml: permission denied"],
    ["undefinedDependency", 'service "a" depends on undefined service "zzz": invalid compose project'],
  ] as const)("says what is invalid, without the noise: %s", (name, message) => {
    expect(configFailureOf(v2Failures[name])).toEqual({ kind: "invalid", message });
  });

  it("does not blame the files for an unusable Docker context", () => {
    expect(configFailureOf(v2Failures.unknownContext)).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining('context "nope": context not found'),
    });
  });
});

describe("a failed config of docker-compose v1", () => {
  it("names a missing env file, and knows that there is no compose file", () => {
    expect(configFailureOf(v1Failures.missingEnv)).toMatchObject({
      kind: "env_file_missing",
      path: "/srv/x/.env",
    });
    expect(configFailureOf(v1Failures.emptyDirectory)).toMatchObject({
      kind: "no_compose_file",
      message: expect.stringMatching(/^Can't find a suitable configuration file/),
    });
  });

  it.each([
    ["envIsDirectory", "/srv/x/.env is not a file."],
    ["permissionDenied", "PermissionError: [Errno 13] Permission denied: './docker-compose.yml'"],
    ["requiredVariable", 'Missing mandatory value for "image" option interpolating *** in service "a"'],
  ] as const)("says what is invalid: %s", (name, message) => {
    expect(configFailureOf(v1Failures[name])).toEqual({ kind: "invalid", message });
  });

  it("keeps the lines that say where", () => {
    expect(configFailureOf(v1Failures.invalidYaml)).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining('in "./docker-compose.yml", line 4, column 4'),
    });
  });
});

describe("the message", () => {
  it.each(quotingFailures)("never quotes a value: %s", (stderr) => {
    const failure = configFailureOf(stderr);

    expect(failure.kind).toBe("invalid");
    expect(failure.message).not.toContain("canary");
    expect(failure.message).toMatch(/\w+/);
  });

  it("is bounded, and never empty", () => {
    expect(configFailureOf("x".repeat(100_000)).message).toHaveLength(1000);
    expect(configFailureOf("\n \n").message).toBe("Compose failed without saying why");
  });
});

describe("a docker CLI without the plugin", () => {
  it.each([
    ["unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n"],
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'\n"],
    ["docker: unknown command: docker compose\n\nRun 'docker --help' for more information\n"],
    ["Error: unrecognized command `podman compose`\nTry 'podman --help' for more information\n"],
  ])("is known by what it says, whatever its exit code: %j", (stderr) => {
    expect(isPluginMissing(stderr)).toBe(true);
  });

  it("is not every failure of Compose", () => {
    for (const stderr of [
      ...Object.values(v2Failures),
      "unknown flag: --bogus\n\nUsage:  docker compose [OPTIONS] COMMAND\n",
    ]) {
      expect(isPluginMissing(stderr)).toBe(false);
    }
  });
});
