import { describe, expect, it } from "vitest";
import { chooseStyle, isLive, paint, type Surroundings } from "../../../src/ui/text/style.ts";

const terminal: Surroundings = {
  env: { TERM: "xterm-256color", LANG: "en_US.UTF-8" },
  isTty: true,
  columns: 100,
  platform: "linux",
};

function withEnv(env: Record<string, string>): Surroundings {
  return { ...terminal, env: { ...terminal.env, ...env } };
}

describe("colour", () => {
  it.each([
    ["a terminal", terminal, true],
    ["a pipe", { ...terminal, isTty: false }, false],
    ["NO_COLOR", withEnv({ NO_COLOR: "1" }), false],
    ["an empty NO_COLOR", withEnv({ NO_COLOR: "" }), true],
    ["NO_COLOR against FORCE_COLOR", withEnv({ NO_COLOR: "1", FORCE_COLOR: "1" }), false],
    ["FORCE_COLOR in a pipe", { ...withEnv({ FORCE_COLOR: "1" }), isTty: false }, true],
    ["FORCE_COLOR=0", withEnv({ FORCE_COLOR: "0" }), false],
    ["a dumb terminal", withEnv({ TERM: "dumb" }), false],
    ["CI", withEnv({ CI: "true" }), false],
  ])("with %s", (_name, surroundings, colour) => {
    expect(chooseStyle(surroundings).colour).toBe(colour);
  });

  it("of a text does not depend on the environment of the process", () => {
    expect(paint({ colour: true, width: 80, unicode: true }, "red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(paint({ colour: false, width: 80, unicode: true }, "red", "x")).toBe("x");
  });
});

it.each([
  [undefined, 80],
  [0, 80],
  [20, 40],
  [100, 100],
  [400, 160],
])("makes %s columns a width of %d", (columns, width) => {
  expect(chooseStyle({ ...terminal, columns }).width).toBe(width);
});

describe("unicode", () => {
  it.each([
    ["a UTF-8 locale", terminal, true],
    ["C.utf8", withEnv({ LC_ALL: "C.utf8" }), true],
    ["LANG=C", withEnv({ LANG: "C" }), false],
    ["LC_ALL=C over LANG", withEnv({ LC_ALL: "C" }), false],
    ["an empty LC_ALL", withEnv({ LC_ALL: "" }), true],
    ["no locale on Linux", { ...terminal, env: {} }, false],
    ["no locale on macOS", { ...terminal, env: {}, platform: "darwin" }, true],
    ["the Linux console", withEnv({ TERM: "linux" }), false],
    ["the old Windows console", { ...terminal, env: {}, platform: "win32" }, false],
    ["Windows Terminal", { ...terminal, env: { WT_SESSION: "x" }, platform: "win32" }, true],
  ] as const)("with %s", (_name, surroundings, unicode) => {
    expect(chooseStyle(surroundings).unicode).toBe(unicode);
  });
});

it.each([
  ["a terminal", terminal, true],
  ["a pipe", { ...terminal, isTty: false }, false],
  ["a dumb terminal", withEnv({ TERM: "dumb" }), false],
  ["CI", withEnv({ CI: "1" }), false],
  ["CI=false", withEnv({ CI: "false" }), true],
  ["NO_COLOR, which is about colour alone", withEnv({ NO_COLOR: "1" }), true],
])("redraws in place or not: %s", (_name, surroundings, live) => {
  expect(isLive(surroundings)).toBe(live);
});
