import { describe, expect, test } from "vitest";
import { largeFacts } from "../../../bench/large-facts.ts";
import { classify } from "../../../src/targets/local/classify.ts";
import { FactsDraft } from "../../../src/core/fact.ts";
import { containerRestarts } from "../../../src/targets/local/facts/local-facts.ts";
import type { Plan, Step } from "../../../src/core/plan.ts";
import { checkRecorded } from "../../../src/plan/checks/check-recorded.ts";
import { MAX_PLAN_BYTES, parsePlanFile, writePlanFile } from "../../../src/plan/files/plan-file.ts";
import { parsed, planOf, recorded, recordedNames } from "../recorded-facts.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

const plan = planOf(recorded("port-8080-process"));
const facts = plan.facts ?? {};
const [finding] = plan.findings;
const [move, up] = plan.steps as [Step, Step];

const composeFile = "local.compose.source.docker-compose.yml";

function withSteps(...steps: readonly Step[]): Plan {
  const needApproval = steps.filter(({ effect }) => effect === "mutating").length;
  return { ...plan, steps: [...steps], summary: { ...plan.summary, steps: steps.length, needApproval } };
}

function codesOf(changed: Plan): readonly string[] {
  return [...new Set(checkRecorded(localFamily, parsed(changed)).map(({ code }) => code))];
}

describe.each(recordedNames)("the plan of %s", (name) => {
  const source = recorded(name);
  const made = planOf(source);

  test("is proven by the facts in it, which show the same findings as all facts", () => {
    expect(checkRecorded(localFamily, parsed(made))).toEqual([]);
    const own = new Map(Object.entries(made.facts ?? {}));
    expect(classify(own)).toEqual(classify(source.facts));
    expect([...own].every(([id, entry]) => source.facts.get(id) === entry)).toBe(true);
  });

  test("holds no fact that is not needed: log lines only where they are evidence", () => {
    const cited = new Set(made.findings.flatMap(({ evidence }) => evidence));
    const lines = Object.keys(made.facts ?? {}).filter((id) => id.startsWith("local.log."));
    expect(lines.filter((id) => !cited.has(id))).toEqual([]);
    expect([...cited].filter((id) => source.facts.has(id) && made.facts?.[id] === undefined)).toEqual([]);
  });
});

describe("without any deployment, a hand that edits is caught:", () => {
  const edits: readonly (readonly [what: string, changed: Plan, codes: readonly string[]])[] = [
    ["the order", withSteps(up, move), ["P0401", "P0410"]],
    ["the first step is gone", withSteps(up), ["P0401", "P0410"]],
    ["the last step is gone", withSteps(move), ["P0403"]],
    ["a step stands twice", withSteps(move, up, { ...up, id: "s3" }), ["P0402", "P0410"]],
    [
      "a port that nobody looked at",
      withSteps({ ...move, args: { bundle: { devlake: 9999 } } }, up),
      ["P0401"],
    ],
    [
      "a compose file that no value can be made of",
      {
        ...plan,
        facts: { ...facts, [composeFile]: { value: { text: "services:\n  devlake: *x\n" } } },
      },
      ["P0401", "P0410"],
    ],
    ["the preview", withSteps({ ...move, preview: move.preview.replace("8085", "8086") }, up), ["P0404"]],
    ["expectations are gone", withSteps({ ...move, expects: {} }, up), ["P0405"]],
    [
      "an expectation",
      withSteps({ ...move, expects: { ...move.expects, "local.port.8085.holder": { kind: "unknown" } } }, up),
      ["P0410"],
    ],
    ["no facts", { ...plan, facts: undefined }, ["P0412"]],
    ["a fact that is none", { ...plan, facts: { ...facts, "local.nonsense": { value: 1 } } }, ["P0305"]],
    [
      "a fact of another shape",
      { ...plan, facts: { ...facts, "local.backend.phase": { value: "well" } } },
      ["P0305"],
    ],
    [
      "a fact that changes what is wrong",
      { ...plan, facts: { ...facts, "local.port.8080.holder": { value: { kind: "free" } } } },
      ["P0410"],
    ],
    ["what a finding says", { ...plan, findings: [{ ...finding!, summary: "all is well" }] }, ["P0411"]],
    ["how bad it is", { ...plan, findings: [{ ...finding!, severity: "info" }] }, ["P0411"]],
    ["how sure it is", { ...plan, findings: [{ ...finding!, confidence: 0.5 }] }, ["P0411"]],
    ["a finding too many", { ...plan, findings: [finding!, { ...finding!, id: "f2" }] }, ["P0411"]],
    ["a finding is gone", { ...plan, findings: [] }, ["P0411"]],
    ["what a step is for", withSteps({ ...move, fixes: [] }, up), ["P0411"]],
    ["the checks at the end", { ...plan, verify: ["backend_ready"] }, ["P0411"]],
    ["the downtime", { ...plan, summary: { ...plan.summary, downtime: "none" } }, ["P0411"]],
    ["what follows", { ...plan, summary: { ...plan.summary, ifNothingIsDone: "nothing" } }, ["P0411"]],
  ];

  test.each(edits)("%s", (_what, changed, codes) => {
    expect(codesOf(changed)).toEqual(codes);
  });

  test("that all is well, or that it is not", () => {
    const healthy = planOf(recorded("healthy"));
    const nothing = { steps: [], findings: [], verify: [], summary: healthy.summary };

    expect(checkRecorded(localFamily, parsed({ ...plan, ...nothing, outcome: "healthy" }))).toMatchObject([
      { code: "P0411", path: "outcome", message: expect.stringContaining("host port 8080 is held") },
      { code: "P0411", path: "findings" },
      { code: "P0411", path: "summary.ifNothingIsDone" },
    ]);
    expect(codesOf({ ...healthy, outcome: "escalate", nextSteps: ["rest"] })).toEqual(["P0411"]);
  });

  test("each at its place, with what is so", () => {
    const changed = { ...plan, findings: [{ ...finding!, severity: "info" as const }] };
    const text = writePlanFile(changed);
    const [wrong] = checkRecorded(localFamily, parsed(changed));

    expect(wrong).toMatchObject({
      path: "findings.0.severity",
      message: `by the recorded facts, the severity of finding f1 is "blocking", not "info"`,
    });
    const { line, column } = wrong?.position ?? { line: 0, column: 0 };
    expect(text.split("\n")[line - 1]?.slice(column - 1)).toBe("info");
  });
});

test("what an expectation says and is, is told without whole digests", () => {
  const id = "local.service.devlake.model";
  const digest = `sha256:${"0".repeat(64)}`;
  const found = checkRecorded(
    localFamily,
    parsed(withSteps({ ...move, expects: { ...move.expects, [id]: digest } }, up)),
  );

  expect(found.map(({ path, message }) => [path, message])).toEqual([
    [
      `steps.0.expects.${id}`,
      expect.stringMatching(
        /^step s1 expects local\.service\.devlake\.model to be sha256:000000000000\.\.\.; by the recorded facts it is then sha256:[0-9a-f]{12}\.\.\.$/,
      ),
    ],
  ]);
});

test("no facts are recorded where a plan file has no room for so many", () => {
  const large = largeFacts(200, 0);
  const made = planOf({ facts: large, target: { kind: "local", directory: ".", identity: { volumes: [] } } });

  expect(made).toMatchObject({ outcome: "repair", steps: [{ id: "s1" }, { id: "s2" }, { id: "s3" }] });
  expect(made).not.toHaveProperty("facts");
});

test("facts that would make the plan too large are left out, and the rest is as it was", () => {
  const long = { value: { text: "# a comment\n".repeat(6_000) } };
  const large: Plan = { ...plan, facts: { ...facts, [composeFile]: long } };
  const text = writePlanFile(large);

  expect(Buffer.byteLength(text)).toBeLessThan(MAX_PLAN_BYTES);
  const { facts: _none, ...rest } = plan;
  expect(parsePlanFile(text)).toMatchObject({ kind: "ok", plan: rest });
  expect(parsePlanFile(text)).not.toHaveProperty("plan.facts");
});

// Of a real MySQL's first start: more restarts than a handful, and nothing cites the log lines that explain them.
test.each(recordedNames)("the plan of %s is proven by its facts after any number of restarts", (name) => {
  const { facts: all, target } = recorded(name);
  for (const restarts of [1, 6, 9, 13]) {
    const draft = new FactsDraft(all);
    for (const service of ["devlake", "grafana", "mysql"])
      if (all.has(containerRestarts(service).id)) draft.set(containerRestarts(service), restarts);
    const made = planOf({ facts: draft.facts(), target });

    expect(checkRecorded(localFamily, parsed(made)), `${restarts} restarts`).toEqual([]);
  }
});
