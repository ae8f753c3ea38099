import { expect, test } from "vitest";
import type { PlannerRecord } from "../../../src/core/planner-record.ts";
import { formatMarkdown } from "../../../src/ui/format-markdown.ts";
import { formatPlan } from "../../../src/ui/format-plan.ts";
import { plain80, repairPlan } from "../sample-plans.ts";

const asked: PlannerRecord = {
  kind: "offline",
  model: "gpt-5",
  provider: "copilot",
  turns: 4,
  tokens: { input: 4123, output: 310 },
  durationMs: 12_345,
  submissions: [
    { accepted: false, diagnostics: [{ code: "P0302", message: "no such tool" }] },
    { accepted: true, diagnostics: [] },
  ],
  agreesWithOffline: false,
  confidence: 0.8,
  diagnosis: {
    summary: "the port\u202e is taken [click](https://evil.example)",
    evidence: ["local.port.8080.holder"],
    refutedBy: "the port is free",
  },
  notTaken: [{ tool: "retry_local_compose_up", args: {} }],
  note: "this is the plan of the rules: the model's has 15 s more downtime",
};

function planBy(planner: PlannerRecord) {
  return { ...repairPlan, metadata: { ...repairPlan.metadata, planner } };
}

test("a model's part in a plan is shown, its words as its words", () => {
  const shown = formatPlan(planBy(asked), plain80);

  expect(shown.slice(shown.indexOf("Planner")).split("\n\n")[0]).toMatchInlineSnapshot(`
    "Planner
       model     gpt-5 (copilot), 4 turns, 4123 tokens in, 310 out, 12.3 s
       plan of   the rules; rules and model differ
       note      this is the plan of the rules: the model's has 15 s more downtime
       it says   the port\\u{202e} is taken [click](https://evil.example) (80% sure)
       from      local.port.8080.holder
       wrong if  the port is free
       not taken retry_local_compose_up
       refused   1 of 2 submissions: P0302"
  `);
});

test("and on a pull request without any link of its making", () => {
  const shown = formatMarkdown(planBy(asked), { path: "p.plan.yaml", digest: "sha256:0" });

  expect(shown).toContain("### Planner\n\n- model: ");
  expect(shown).not.toContain("[click](https://evil");
  expect(shown).not.toContain("\u202e");
});

test("nothing is said where no model was asked", () => {
  expect(formatPlan(planBy({ kind: "offline" }), plain80)).not.toContain("Planner");
  expect(formatMarkdown(planBy({ kind: "offline" }), { path: "p", digest: "d" })).not.toContain("# Planner");
});
