import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "../../../src/core/text/shell-word.ts";

test.each(["plans/a.plan.yaml", "C:\\plans\\a.yaml", "a~b", "a@b=c,d+e%f-g:1"])(
  "%s stands as it is",
  (word) => {
    expect(shellWord(word)).toBe(word);
  },
);

test.each([
  "my plan",
  "it's $1",
  "~/plans",
  "~ann",
  'a"b',
  "`id`",
  "a!b",
  "a\\b c",
  "a;b",
  "a|b&c",
  "*",
  "#a",
  "é",
])("a shell reads %s as one word", (word) => {
  expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
});
