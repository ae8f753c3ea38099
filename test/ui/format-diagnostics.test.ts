import { describe, expect, test } from "vitest";
import { stripVTControlCharacters } from "node:util";
import type { Diagnostic } from "../../src/core/diagnostic.ts";
import { diagnosticsJson, formatDiagnostics } from "../../src/ui/format-diagnostics.ts";
import { displayWidth } from "../../src/ui/text/text-width.ts";
import { ascii80, colour80, plain80 } from "./sample-plans.ts";

const file = "plans/x.plan.yaml";

function problem(changes: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: "P0302",
    message: 'the catalog has no tool "run_shell"',
    help: undefined,
    position: { line: 3, column: 11 },
    path: "steps.0.tool",
    ...changes,
  };
}

const text = "steps:\n  - id: s1\n    tool: run_shell\n    args: {}\n";

/** What is shown for one diagnostic whose source line is `line`, without the tally below it. */
function shownFor(line: string, column: number, style = plain80): readonly string[] {
  const diagnostics = [problem({ position: { line: 1, column } })];
  return formatDiagnostics({ file, text: line, diagnostics }, style).split("\n").slice(0, -2);
}

/** The character that the caret points at. */
function pointedAt(shown: readonly string[]): string {
  const at = shown.findIndex((line) => /^ *\| *\^$/.test(line));
  const [source = "", caret = ""] = shown.slice(at - 1, at + 1);
  const cells = caret.indexOf("^");
  let head = "";
  for (const character of source) {
    if (displayWidth(head) >= cells) return character;
    head += character;
  }
  return "";
}

test("all that is wrong, in the order of the lines, and how much it is", () => {
  const diagnostics = [
    problem({
      code: "P0303",
      message: "arguments of x:\n✖ bad",
      position: { line: 4, column: 11 },
      help: "see the schema",
    }),
    problem(),
    problem({
      code: "P0601",
      severity: "warning",
      message: "moved",
      position: undefined,
      path: "steps.0.expects",
    }),
  ];

  expect(formatDiagnostics({ file, text, diagnostics }, plain80)).toMatchInlineSnapshot(`
    "warning[P0601]: moved
     --> plans/x.plan.yaml (steps.0.expects)
      = help: make a new plan: gh devlake repair --plan-only

    error[P0302]: the catalog has no tool "run_shell"
     --> plans/x.plan.yaml:3:11
      |
    3 |     tool: run_shell
      |           ^
      = help: gh devlake repair tools lists the tools and their versions

    error[P0303]: arguments of x:
                  ✖ bad
     --> plans/x.plan.yaml:4:11
      |
    4 |     args: {}
      |           ^
      = help: see the schema

    2 errors, 1 warning in plans/x.plan.yaml"
  `);
});

test("says the same in colours as without", () => {
  const diagnosed = { file, text, diagnostics: [problem()] };
  const coloured = formatDiagnostics(diagnosed, colour80);

  expect(stripVTControlCharacters(coloured)).toBe(formatDiagnostics(diagnosed, plain80));
  expect(coloured).not.toBe(formatDiagnostics(diagnosed, plain80));
});

describe("the caret stands below its column", () => {
  test.each([
    ["plain text", "    tool: @run", 11],
    ["a tab before it", "\ttool:\t@run", 8],
    ["wide characters before it", "  name: 東京🚢 @run", 14],
    ["control characters before it", "a\u001b[2J\u202eb @run", 9],
    ["a mark that combines with nothing before it", "e\u0301e\u0301 @run", 6],
    ["far to the right", `${"x".repeat(200)}@${"y".repeat(200)}`, 201],
    ["far to the right of wide characters", `${"東".repeat(200)}@${"京".repeat(200)}`, 201],
    ["at the end of a long line", `${"x".repeat(200)}@`, 201],
    ["at the start of a long line", `@${"x".repeat(200)}`, 1],
    ["far into an enormous line", `${"ab ".repeat(20_000)}@${"x".repeat(60_000)}`, 60_001],
  ])("%s", (_what, line, column) => {
    for (const style of [plain80, ascii80, { ...plain80, width: 40 }]) {
      const shown = shownFor(line, column, style);

      expect(pointedAt(shown)).toBe("@");
      expect(Math.max(...shown.map(displayWidth))).toBeLessThanOrEqual(style.width);
    }
  });

  test("behind the end of the line too", () => {
    expect(shownFor("ab", 3).slice(3)).toEqual(["1 | ab", "  |   ^", expect.any(String)]);
    expect(shownFor("ab\r", 9).slice(3)).toEqual(["1 | ab", "  |   ^", expect.any(String)]);
  });

  test("and in an empty line", () => {
    expect(shownFor("", 1).slice(3)).toEqual(["1 |", "  | ^", expect.any(String)]);
  });
});

test("a long line loses what is far from the caret, and shows that it does", () => {
  const [, , , source] = shownFor(`${"x".repeat(200)}@${"y".repeat(200)}`, 201);

  expect(source).toMatch(/^1 \| …x+@y+…$/);
});

test("nothing that comes from the file reaches the terminal as it is", () => {
  const hostile = "\u001b]0;owned\u0007\u202e\u2028";
  const diagnosed = {
    file: `plans/${hostile}.yaml`,
    text: hostile.repeat(3),
    diagnostics: [
      problem({ message: `no "${hostile}"`, help: hostile, position: { line: 1, column: 4 } }),
      problem({ message: "x", path: hostile, position: undefined }),
    ],
  };

  expect(formatDiagnostics(diagnosed, plain80)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028]/u);
});

test("a place that the text does not have is shown without its line", () => {
  const diagnosed = { file, text, diagnostics: [problem({ position: { line: 99, column: 1 } })] };

  expect(formatDiagnostics(diagnosed, plain80)).toMatch(/--> plans\/x.plan.yaml:99:1\n +=/);
});

test("of very many only the first are shown, and all are counted", () => {
  const diagnostics = Array.from({ length: 1000 }, () => problem());
  const shown = formatDiagnostics({ file, text, diagnostics }, plain80);

  expect(shown.split("error[").length - 1).toBe(25);
  expect(shown).toContain("... and 975 more\n\n1000 errors in plans/x.plan.yaml");
});

test("as JSON: every file with its diagnostics, and whether it is refused", () => {
  const warning = problem({ code: "P0601", severity: "warning", position: undefined });
  const json = diagnosticsJson([
    { file: "a", text, diagnostics: [problem()] },
    { file: "b", text, diagnostics: [warning] },
  ]);

  expect(json.ok).toBe(false);
  expect(json.files.map(({ ok }) => ok)).toEqual([false, true]);
  expect(json.files[0]?.diagnostics).toEqual([
    {
      code: "P0302",
      severity: "error",
      title: "the catalog has no such tool",
      message: 'the catalog has no tool "run_shell"',
      help: "gh devlake repair tools lists the tools and their versions",
      path: "steps.0.tool",
      line: 3,
      column: 11,
    },
  ]);
  expect(json.files[1]?.diagnostics[0]).toMatchObject({ severity: "warning", line: null, column: null });
});
