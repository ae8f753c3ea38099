import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { absoluteEntries, cleanPath, findProgram } from "../../../src/adapters/process/program-path.ts";

describe("a list of directories", () => {
  it.each([
    ["/usr/bin:/bin", ["/usr/bin", "/bin"]],
    [".:/usr/bin::/bin:", ["/usr/bin", "/bin"]],
    ["./x:../y:bin:~/bin:/usr/local bin/", ["/usr/local bin/"]],
    ["", []],
    [":", []],
  ])("keeps its absolute entries: %j", (list, expected) => {
    expect(absoluteEntries(list, "linux")).toEqual(expected);
  });

  it.each([
    [String.raw`C:\Windows;.;;bin;..\x`, [String.raw`C:\Windows`]],
    [
      String.raw`"C:\Program Files\Docker";\\server\share;d:/tools`,
      [String.raw`C:\Program Files\Docker`, String.raw`\\server\share`, "d:/tools"],
    ],
    // The first lies on the drive, the second in the directory, that one happens to be in.
    [String.raw`\tools;C:tools`, []],
  ])("of Windows too: %j", (list, expected) => {
    expect(absoluteEntries(list, "win32")).toEqual(expected);
  });

  it("that is no set one is the system's, and an empty one finds nothing", () => {
    expect(cleanPath({ env: {}, platform: "linux" })).toBe("/usr/bin:/bin");
    expect(cleanPath({ env: { PATH: "." }, platform: "linux" })).toBe("");
  });
});

function directories(): { readonly bin: string; readonly other: string } {
  const root = mkdtempSync(join(tmpdir(), "program-path-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ["bin", "other"]) mkdirSync(join(root, name));
  return { bin: join(root, "bin"), other: join(root, "other") };
}

describe("a program", () => {
  it("is the first that may be executed, and no directory", () => {
    const { bin, other } = directories();
    mkdirSync(join(bin, "tool"));
    writeFileSync(join(bin, "plain"), "");
    for (const name of ["tool", "plain"]) {
      writeFileSync(join(other, name), "#!/bin/sh\n");
      chmodSync(join(other, name), 0o755);
    }
    const search = { env: { PATH: `.:${bin}:${other}` }, platform: "linux" } as const;

    expect(findProgram("tool", search)).toBe(join(other, "tool"));
    expect(findProgram("plain", search)).toBe(join(other, "plain"));
    expect(findProgram("none", search)).toBeUndefined();
  });

  it("is never looked for from the working directory", () => {
    const asked: string[] = [];
    const isProgram = (file: string): boolean => asked.push(file) > 0;
    const search = { env: { PATH: ".::bin" }, platform: "linux" } as const;

    expect(findProgram("docker", search, isProgram)).toBeUndefined();
    expect(findProgram("./docker", search, isProgram)).toBeUndefined();
    expect(findProgram("bin/docker", search, isProgram)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(findProgram("/opt/docker", search, isProgram)).toBe("/opt/docker");
  });

  it.each([
    ["docker", undefined, String.raw`C:\b\docker.exe`],
    ["docker", ".BAT;.EXE;.COM", String.raw`C:\b\docker.exe`],
    ["docker.exe", undefined, String.raw`C:\b\docker.exe`],
    // Only a shell could run it, and none is started.
    ["script", ".CMD;.BAT", undefined],
    [String.raw`.\docker.exe`, undefined, undefined],
  ])("of Windows is one that needs no shell: %j with PATHEXT %j", (name, pathExt, expected) => {
    const there = new Set([
      String.raw`C:\b\docker.exe`,
      String.raw`C:\b\docker.cmd`,
      String.raw`C:\b\script.cmd`,
      "docker.exe",
    ]);
    const env = { PATH: String.raw`.;C:\a;C:\b`, PATHEXT: pathExt };

    expect(findProgram(name, { env, platform: "win32" }, (file) => there.has(file))).toBe(expected);
  });
});
