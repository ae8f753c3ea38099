import { beforeAll, describe, expect, it } from "vitest";
import { openPublishedSchema } from "../../src/adapters/node/published-schemas.ts";
import { classify } from "../../src/targets/local/classify.ts";
import { FactsDraft, type FactEntry, type Facts } from "../../src/core/fact.ts";
import { factKindIn } from "../../src/core/fact-ids.ts";
import {
  backendPhase,
  containerExitCode,
  containerRestarts,
  logLine,
} from "../../src/targets/local/facts/local-facts.ts";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { checkRecorded } from "../../src/plan/checks/check-recorded.ts";
import { checkStructure } from "../../src/plan/checks/check-structure.ts";
import { lintPlan, type LintContext } from "../../src/plan/checks/lint-plan.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { planOf, recorded, recordedNames, type Recorded } from "../plan/recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";
import { families } from "../../src/targets/index.ts";

let context: Omit<LintContext, "facts">;

beforeAll(async () => {
  const schema = await openPublishedSchema("repair-plan.v1", new URL("../../", import.meta.url));
  context = { families, schema, policy: defaultPolicy, now: new Date("2026-11-22T12:00:00Z") };
});

const sources = recordedNames.map((name) => ({ name, ...recorded(name) }));

/** What every fact has ever been, here or there. */
const seen = new Map<string, Map<string, FactEntry>>();
for (const { facts } of sources) {
  for (const [id, entry] of facts) {
    const entries = seen.get(id) ?? new Map<string, FactEntry>();
    seen.set(id, entries.set(JSON.stringify(entry), entry));
  }
}

interface Forgery {
  readonly what: string;
  /** What the plan is made from, as if it had been seen. */
  readonly madeUp: Facts;
}

/** One fact made up, such as somebody would by hand. */
function forgeries({ facts }: Recorded): readonly Forgery[] {
  return [...facts].flatMap(([id, entry]) =>
    [...(seen.get(id) ?? [])]
      .filter(([text]) => text !== JSON.stringify(entry))
      .map(([text, other]) => ({ what: `${id}: ${text}`, madeUp: new Map([...facts, [id, other]]) })),
  );
}

/** What people are told is wrong, without the log lines that show it: those move on. */
function claims(facts: Facts): readonly string[] {
  return classify(facts)
    .filter(({ severity }) => severity !== "info")
    .map(({ id: _id, evidence, class: name, severity, summary }) => {
      const proof = evidence.filter(
        (id) => factKindIn(localFamily.factKinds, id)?.pattern !== logLine.pattern,
      );
      return JSON.stringify([name, severity, summary, proof]);
    });
}

const moves = new Set([containerRestarts, backendPhase].map(({ pattern }) => pattern));

describe("law 12: a finding is believed of no plan, only of the deployment's own facts", () => {
  it("made up together with the facts in the plan, it is told apart, whatever fact it is", () => {
    const believed: string[] = [];
    let tried = 0;
    for (const source of sources) {
      const real = new Set(claims(source.facts));
      for (const { what, madeUp } of forgeries(source)) {
        if (claims(madeUp).every((claim) => real.has(claim))) continue;
        const plan = planOf({ ...source, facts: madeUp });
        if (plan.facts === undefined) continue;
        tried += 1;
        const unplaced = { plan, positionOf: () => undefined };
        expect([...checkStructure(localFamily, unplaced), ...checkRecorded(localFamily, unplaced)]).toEqual(
          [],
        );
        const { diagnostics, stale, unseen } = checkPlan(localFamily, unplaced, source.facts);
        if (diagnostics.length + stale.length + unseen.length === 0) {
          const isOnlyReworded = moves.has(
            factKindIn(localFamily.factKinds, what.split(": ")[0] ?? "")?.pattern ?? "",
          );
          if (!isOnlyReworded) believed.push(`${source.name}: ${what}`);
        }
      }
    }

    expect(believed).toEqual([]);
    expect(tried).toBeGreaterThan(100);
  }, 240_000);

  it("stays so while log lines move on, more of them come, and what is broken is started again", () => {
    for (const source of sources) {
      const plan = planOf(source);
      const later = new Map(source.facts);
      for (const [id, entry] of source.facts) {
        const kind = factKindIn(localFamily.factKinds, id)?.pattern;
        if (kind === logLine.pattern && "value" in entry) {
          // The same lines, further on.
          const [, service = "", number = ""] = /^local\.log\.(.+)\.(\d+)$/.exec(id) ?? [];
          later.delete(id);
          later.set(logLine(service, Number(number) + 1_000).id, entry);
        }
      }
      later.set("local.log.devlake.5000", { value: "a new line" });

      expect(lintPlan(writePlanFile(plan), { ...context, facts: later }), source.name).toEqual([]);
    }
  });

  it("may be told in the words of a moment ago, as long as it is the same one", () => {
    const { facts, target } = recorded("backend-first-restarts");
    const waiting = new FactsDraft(facts)
      .set(logLine("devlake", 998), "Version:  v1.0.2@abcdef0")
      .set(logLine("devlake", 999), "panic: dial tcp 172.18.0.2:3306: connect: connection refused")
      .facts();
    const plan = planOf({ facts: waiting, target });
    const restarted = new Map(waiting).set(containerRestarts("devlake").id, { value: 5 });

    expect(plan.findings[0]?.summary).not.toBe(classify(restarted)[0]?.summary);
    expect(lintPlan(writePlanFile(plan), { ...context, facts: restarted })).toEqual([]);
    const tooOften = new Map(waiting).set(containerRestarts("devlake").id, { value: 13 });
    // By now it is another one, which does not pass by itself.
    expect(lintPlan(writePlanFile(plan), { ...context, facts: tooOften })).toMatchObject([{ code: "P0603" }]);
  });

  it("is named, with what is so instead", () => {
    const source = recorded("all-stopped");
    const madeUp = new Map(source.facts).set(containerExitCode("devlake").id, { value: 137 });
    const text = writePlanFile(planOf({ ...source, facts: madeUp }));

    expect(lintPlan(text, { ...context, facts: source.facts })).toMatchObject([
      {
        code: "P0603",
        path: "findings.0",
        message: expect.stringMatching(
          /^the facts here do not show f1, service_stopped \(blocking\): .*devlake \(exit 137\).*; they show service_stopped \(blocking\): /,
        ),
      },
    ]);
  });
});
