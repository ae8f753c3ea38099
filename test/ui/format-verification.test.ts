import { expect, it } from "vitest";
import { formatVerification, holds, type Answer } from "../../src/ui/format-verification.ts";
import { plain80, repairedResult } from "./sample-plans.ts";
import { restoredAccount } from "./sample-undo.ts";

const answers: readonly Answer[] = [
  { question: "signature", verdict: "yes", why: "valid: the file is as it was signed", asked: true },
  { question: "signer", verdict: "yes", why: "your own key (c0ffee)", asked: true },
  { question: "journal", verdict: "unknown", why: "no journal of this plan here", asked: false },
];
const said = { result: repairedResult, undo: undefined, health: undefined };

function firstLine(more: readonly Answer[]): string {
  return formatVerification([...answers, ...more], said, plain80).split("\n")[0] ?? "";
}

it("gives each answer apart, then what the result says", () => {
  expect(formatVerification(answers, said, plain80)).toMatchInlineSnapshot(`
    "✓ The result can be relied on

       ✓ signature: yes: valid: the file is as it was signed
       ✓ signer: yes: your own key (c0ffee)
       • journal: unknown: no journal of this plan here

    It says
       repaired: backend, Grafana and config-ui stayed healthy for 10 s
       plan 2026-11-22-port-8080-held-by-jenkins, 2026-11-22T10:20:00Z to 2026-11-22T10:20:34.200Z
       s1 rewrite_local_ports_to_alt_bundle: done
       s2 retry_local_compose_up: done
       ✓ backend_ready              200 from http://localhost:8085/ready
       ✓ grafana_healthy            200 from http://localhost:3004/api/health
       ✓ config_ui_reaches_backend  200 from http://localhost:4004/api/ping"
  `);
});

it("says the same of an account of an undo", () => {
  const shown = formatVerification(answers, { ...said, result: undefined, undo: restoredAccount }, plain80);

  expect(shown).toContain("restored: step s1 is taken back, and was read back");
  expect(shown).toContain("result plans/port.plan.result.json");
});

it("tells a result that cannot be relied on from a deployment that is not healthy", () => {
  const sick: Answer = { question: "healthy now", verdict: "no", why: "backend_ready (loops)", asked: true };
  const broken: Answer = { question: "journal", verdict: "no", why: "1 record is missing", asked: true };

  expect(firstLine([])).toBe("✓ The result can be relied on");
  expect(firstLine([sick])).toBe("✗ The result can be relied on, but DevLake was not seen healthy now");
  expect(firstLine([broken])).toBe("✗ The result cannot be relied on");
});

it.each([
  [[{ question: "signer", verdict: "unknown" }], "! The result is intact; its signer is not known to you"],
  [
    [
      { question: "signer", verdict: "unknown" },
      { question: "plan", verdict: "unknown" },
    ],
    "! The result is intact; its signer is not known to you, and its plan is not here",
  ],
  [
    [
      { question: "signer", verdict: "unknown" },
      { question: "plan", verdict: "no" },
    ],
    "✗ The result cannot be relied on",
  ],
  [[{ question: "content", verdict: "unknown" }], "✗ The result cannot be relied on"],
] as const)("what is only not known says nothing against a result: %j", (open, expected) => {
  expect(firstLine(open.map((answer) => ({ ...answer, why: "", asked: true })))).toBe(expected);
});

it.each([
  ["yes", true, true],
  ["no", true, false],
  ["unknown", true, false],
  ["unknown", false, true],
] as const)("an answer %s, asked for: %s, holds: %s", (verdict, asked, expected) => {
  expect(holds({ question: "journal", verdict, why: "", asked })).toBe(expected);
});
