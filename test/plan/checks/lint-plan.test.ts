import { assert, constantFrom, integer, property, string, tuple } from "../../seeded-fast-check.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { openPublishedSchema } from "../../../src/adapters/node/published-schemas.ts";
import type { DiagnosticCode } from "../../../src/core/diagnostic-codes.ts";
import { defaultPolicy } from "../../../src/core/policy/policy.ts";
import { lintPlan, type LintContext } from "../../../src/plan/checks/lint-plan.ts";
import { planExamples } from "../../committed-examples.ts";
import { families } from "../../../src/targets/index.ts";

const packageRoot = new URL("../../../", import.meta.url);

const plans = planExamples();
const example = plans.find(({ plan }) => plan.steps.some(({ tool }) => tool.startsWith("rewrite_")));
if (example === undefined) throw new Error("plans/ holds no plan that moves ports");
const text = example.bytes.toString("utf8");
const { createdAt, validUntil } = example.plan.metadata;
let context: LintContext;

beforeAll(async () => {
  const schema = await openPublishedSchema("repair-plan.v1", packageRoot);
  context = { families, schema, policy: defaultPolicy, now: new Date(createdAt), facts: undefined };
});

function edited(from: string | RegExp, to: string): string {
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`the example has nothing like ${String(from)}`);
  return changed;
}

/** Each diagnostic as code, path and the text that its position points at. */
function found(changed: string): readonly (readonly [DiagnosticCode, string, string])[] {
  return lintPlan(changed, context).map(({ code, path, position }) => {
    const line = position === undefined ? "" : (changed.split("\n")[position.line - 1] ?? "");
    return [code, path, line.slice((position?.column ?? 1) - 1)];
  });
}

test.each(plans)("nothing is wrong with $file", ({ bytes }) => {
  expect(lintPlan(bytes.toString("utf8"), context)).toEqual([]);
});

describe("each mistake is reported once, where it is", () => {
  test.each<[string, string | RegExp, string, readonly [DiagnosticCode, string, string]]>([
    ["an unknown tool", "tool: recreate_services", "tool: run_shell", ["P0302", "steps.1.tool", "run_shell"]],
    ["another version", "version: 2", "version: 7", ["P0302", "steps.0.version", "7"]],
    [
      "a port that is none",
      "devlake: 8085",
      "devlake: 80850",
      ["P0303", "steps.0.args.bundle.devlake", "80850"],
    ],
    [
      "an unknown argument",
      "      bundle:",
      "      force: true\n      bundle:",
      ["P0303", "steps.0.args.force", "force: true"],
    ],
    ["another effect", "effect: mutating", "effect: destructive", ["P0406", "steps.0.effect", "destructive"]],
    ["an unknown finding", "      - f1", "      - f9", ["P0304", "steps.0.fixes", "- f9"]],
    ["one id twice", "id: s2", "id: s1", ["P0301", "steps.1.id", "s1"]],
    ["a wrong count", "needApproval: 2", "needApproval: 0", ["P0407", "summary", "steps: 2"]],
    ["an unknown field", /^nextSteps: .*/m, "nextSteps: []\nextra:\n  a: 1", ["P0202", "extra", "extra:"]],
    ["a field of the wrong type", "steps: 2", "steps: two", ["P0202", "summary.steps", "two"]],
    ["a missing field", /^outcome: .*\n/m, "", ["P0202", "", "apiVersion: devlake-repair/v1"]],
    ["an unknown outcome", "outcome: repair", "outcome: fix", ["P0202", "outcome", "fix"]],
    [
      "another version of the format",
      "devlake-repair/v1",
      "devlake-repair/v9",
      ["P0201", "apiVersion", "devlake-repair/v9"],
    ],
  ])("%s", (_what, from, to, diagnostic) => {
    expect(found(edited(from, to))).toEqual([diagnostic]);
  });

  test("several at once", () => {
    const changed = edited("effect: mutating", "effect: destructive").replace(
      "devlake: 8085",
      "devlake: nine",
    );

    expect(found(changed).map(([code]) => code)).toEqual(["P0303", "P0406"]);
  });
});

test("a tool that the policy denies is refused", () => {
  const policy = { ...defaultPolicy, deny: ["recreate_services"] };

  expect(lintPlan(text, { ...context, policy }).map(({ code }) => code)).toEqual(["P0501"]);
});

test("an expired plan is a warning, and only when there is something to apply", () => {
  const now = new Date(Date.parse(validUntil) + 1);

  expect(lintPlan(text, { ...context, now })).toMatchObject([{ code: "P0602", severity: "warning" }]);
  expect(lintPlan(text, { ...context, now: new Date(validUntil) })).toEqual([]);
});

test("without facts that the plan was made from, it is for another deployment", () => {
  const diagnostics = lintPlan(text, { ...context, facts: new Map() });

  expect(diagnostics[0]).toMatchObject({ code: "P0601", path: "metadata.target" });
});

test("whatever is done to the text, it is diagnosed and never throws", () => {
  const splice = tuple(
    integer({ min: 0, max: text.length }),
    integer({ min: 0, max: 40 }),
    string({ unit: "binary", maxLength: 20 }),
  );
  const pieces = constantFrom(
    ...text.split("\n"),
    "- - -",
    "{",
    "? a",
    "&x *x",
    "!!js x",
    "<<: {}",
    "\t",
    "---",
    ".nan",
    "1e999",
  );
  assert(
    property(splice, pieces, ([at, length, junk], piece) => {
      const changed = `${text.slice(0, at)}${junk}${piece}${text.slice(at + length)}`;

      for (const { position } of lintPlan(changed, context)) {
        expect(position?.line ?? 1).toBeGreaterThan(0);
      }
    }),
    { numRuns: 100 },
  );
});
