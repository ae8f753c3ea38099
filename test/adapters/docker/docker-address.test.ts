import { describe, expect, test } from "vitest";
import { parseDockerAddress, withoutCredentials } from "../../../src/adapters/docker/docker-address.ts";

const linux = { platform: "linux", tcpPort: 2375, tls: undefined } as const;
const windows = { ...linux, platform: "win32" } as const;

describe("parseDockerAddress", () => {
  test.each([
    ["unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"],
    ["unix://", "unix:///var/run/docker.sock", "/var/run/docker.sock"],
    ["unix:///home/a@b/docker.sock", "unix:///home/a@b/docker.sock", "/home/a@b/docker.sock"],
  ])("%s is a socket", (text, address, path) => {
    expect(parseDockerAddress(text, linux)).toEqual({
      kind: "ok",
      address,
      connection: { kind: "socket", path },
    });
  });

  test("named pipes are Windows's", () => {
    const text = "npipe:////./pipe/dockerDesktopLinuxEngine";

    expect(parseDockerAddress(text, windows)).toMatchObject({
      connection: { kind: "socket", path: "//./pipe/dockerDesktopLinuxEngine" },
    });
    expect(parseDockerAddress(text, linux)).toMatchObject({ kind: "invalid" });
  });

  test.each([
    ["tcp://10.0.0.1:2376", "tcp://10.0.0.1:2376", { host: "10.0.0.1", port: 2376, basePath: "" }],
    ["tcp://box", "tcp://box:2375", { host: "box", port: 2375, basePath: "" }],
    ["tcp://", "tcp://localhost:2375", { host: "localhost", port: 2375, basePath: "" }],
    ["tcp://:99", "tcp://localhost:99", { host: "localhost", port: 99, basePath: "" }],
    ["tcp://[::1]:99", "tcp://[::1]:99", { host: "::1", port: 99, basePath: "" }],
    ["tcp://box:80/a/b/", "tcp://box:80/a/b", { host: "box", port: 80, basePath: "a/b" }],
    ["tcp://me:pa@ss/word@box:1", "tcp://box:1", { kind: "invalid" }],
    ["tcp://me:canary@box:1", "tcp://box:1", { host: "box", port: 1, basePath: "" }],
  ])("%s", (text, address, expected) => {
    const parsed = parseDockerAddress(text, linux);

    expect(parsed.kind === "ok" ? parsed.connection : parsed).toMatchObject(expected);
    expect(parsed.address.startsWith(address)).toBe(true);
    expect(JSON.stringify(parsed)).not.toMatch(/canary|ss\/word/);
  });

  test.each([
    ["ssh://me@box:2222", { host: "box", user: "me", port: 2222 }],
    ["ssh://box", { host: "box" }],
    ["ssh://box/", { host: "box" }],
    ["ssh://my_alias", { host: "my_alias" }],
    [
      "ssh://me@box/run/user/1000/docker.sock",
      { host: "box", user: "me", socketPath: "/run/user/1000/docker.sock" },
    ],
  ])("%s", (text, connection) => {
    expect(parseDockerAddress(text, linux)).toEqual({
      kind: "ok",
      address: text,
      connection: { kind: "ssh", ...connection },
    });
  });

  test.each([
    ["ssh://-oProxyCommand=touch%20x", "cannot be a host name"],
    ["ssh://-F@box", "cannot be a user name"],
    ["ssh://box;reboot", "cannot be a host name"],
    ["ssh://$(reboot)@box", "cannot be a user name"],
    ["ssh://box/a;reboot", "cannot be a socket path"],
    ["ssh://box/$(reboot)", "cannot be a socket path"],
    ["ssh://me:canary@box", "a password in it is not supported"],
    ["ssh://", "not of the form"],
    ["ssh://box?x=y", "query"],
    ["tcp://box:99999", "tcp://HOST:PORT"],
    ["tcp://box:x", "tcp://HOST:PORT"],
    ["tcp://box:1?x=canary", "query"],
    ["http://box", "it must begin with unix://"],
    ["fd://", "it must begin with unix://"],
    ["box:2375", "it must begin with unix://"],
    ["UNIX:///x", "it must begin with unix://"],
  ])("%s is refused: %s", (text, why) => {
    expect(parseDockerAddress(text, linux)).toMatchObject({
      kind: "invalid",
      error: expect.stringContaining(why),
    });
  });
});

test.each([
  ["tcp://me:secret@box:1", "tcp://box:1"],
  ["tcp://token@box", "tcp://box"],
  ["me:se/cr@et@box", "box"],
  ["ssh://me:secret@box", "ssh://me@box"],
  ["ssh://me@box/x", "ssh://me@box/x"],
  ["http://me:secret@box", "http://box"],
  ["unix:///a:b@c", "unix:///a:b@c"],
])("credentials are cut out of %s", (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});
