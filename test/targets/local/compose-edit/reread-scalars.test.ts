import { describe, expect, it } from "vitest";
import type { Edit } from "../../../../src/targets/local/compose-edit/apply-edits.ts";
import { leafAddress } from "../../../../src/targets/local/compose-edit/effective-model.ts";
import { openProject } from "../../../../src/targets/local/compose-edit/project.ts";
import { rereadScalars } from "../../../../src/targets/local/compose-edit/reread-scalars.ts";
import { compose } from "./dialects.ts";

const path = "docker-compose.yml";
const ports = ["services", "a", "ports"];

describe("rereadScalars", () => {
  it.each([
    ["plain", "['80:81']", { 80: "82" }, [[0, "text 82:81"]]],
    ["a number", "[80]", { 80: "8080" }, [[0, "number 8080"]]],
    ["a quoted number", '["80"]', { 80: "8080" }, [[0, "text 8080"]]],
    ["two edits of one scalar", "['80:81']", { 80: "1", 81: "2" }, [[0, "text 1:2"]]],
    [
      "two scalars",
      "[80, 81]",
      { 80: "1", 81: "2" },
      [
        [0, "number 1"],
        [1, "number 2"],
      ],
    ],
    ["a number that becomes no other", "[80]", { 80: "80" }, []],
    ["a map within", "[{ published: 80, target: 1 }]", { 80: "8080" }, [["0.published", "number 8080"]]],
    ["a variable beside it", "['${HOST}:80:1']", { 80: "8080" }, [[0, "text 127.0.0.1:8080:1"]]],
    ["an extension field, which has no effect", "[]\n    x-port: 80", { 80: "8080" }, []],
  ] as const)("tells what becomes of %s", (_name, written, moves, wanted) => {
    const changed = reread(written, moves);

    const addresses = wanted.map(([at, is]) => [leafAddress(path, [...ports, ...String(at).split(".")]), is]);
    expect(changed === undefined ? undefined : [...changed]).toEqual(addresses);
  });

  it.each([
    ["an alias may repeat it", "[&p 80, *p]", { 80: "82" }],
    ["a tag decides what it is", "[!!str 80]", { 80: "82" }],
    ["it is written over several lines", "['80\n        81']", { 80: "82" }],
    ["it is a block of text", "\n      - |\n        80", { 80: "82" }],
    ["it is a key", "[{ 80: 1 }]", { 80: "82" }],
    ["it is a comment", "[] # 80", { 80: "82" }],
    ["not a number would stand there", "[80]", { 80: "82 # x" }],
    ["not a number stood there", "[a]", { a: "82" }],
  ])("leaves it to a reading of the whole file where %s", (_name, written, moves) => {
    expect(reread(written, moves)).toBeUndefined();
  });

  it("leaves it to a reading of the whole file where that may have become too long", () => {
    expect(reread(`[80]\n    x-long: ${"x".repeat(131_025)}`, { 80: "82" })).toBeUndefined();
  });
});

function reread(written: string, moves: Readonly<Record<string, string>>): ReturnType<typeof rereadScalars> {
  const text = `services:\n  a:\n    ports: ${written}\n`;
  const opened = openProject([compose(text, path)], new Map([["HOST", "127.0.0.1"]]));
  if (!("project" in opened)) return expect.fail("the source does not open");
  const [file] = opened.project.composeFiles;
  const edits = Object.entries(moves).map(([from, to]): Edit => {
    const start = text.indexOf(from, text.indexOf("ports:") + 6);
    return { range: { path, start, end: start + from.length, from }, to };
  });
  return rereadScalars(file ?? expect.fail("no file"), edits, opened.project.lookup);
}
