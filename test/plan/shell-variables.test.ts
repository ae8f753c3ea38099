import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/core/fact.ts";
import { FactsDraft } from "../../src/core/fact.ts";
import { takenFromShell } from "../../src/targets/local/facts/local-facts.ts";
import type { Plan } from "../../src/core/plan.ts";
import { checkRecorded } from "../../src/plan/checks/check-recorded.ts";
import { untruths } from "../../src/plan/checks/untruths.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { parsed, planOf, recorded } from "./recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const source = recorded("port-8080-process");
const taken = [
  { name: "GRAFANA_PORT", set: true },
  { name: "MYSQL_ROOT_PASSWORD", set: true, overEnvFile: true as const },
];

function withTaken(facts: Facts): Facts {
  return new FactsDraft(facts).set(takenFromShell(), taken).facts();
}

const plan = planOf({ ...source, facts: withTaken(source.facts) });

describe("what Compose takes from the shell", () => {
  it("is named in the plan, between its numbers and what was rejected, and proven by its facts", () => {
    expect(plan.shellVariables).toEqual(taken);
    expect(plan.facts?.[takenFromShell().id]).toEqual({ value: taken });
    expect(writePlanFile(plan)).toContain(`
shellVariables:
  - name: GRAFANA_PORT
    set: true
  - name: MYSQL_ROOT_PASSWORD
    set: true
    overEnvFile: true
rejected:`);
    expect(checkRecorded(localFamily, parsed(plan))).toEqual([]);
  });

  it("is expected to be the same when the deployment is brought up", () => {
    const up = plan.steps.find(({ tool }) => tool === "recreate_services");

    expect(Object.keys(up?.expects ?? {})).toContain(takenFromShell().id);
  });

  it("leaves no trace where it is nothing", () => {
    expect(writePlanFile(planOf(source))).not.toMatch(/shellVariables|taken-from-shell/);
  });

  const edits: readonly (readonly [what: string, changed: Plan])[] = [
    ["one is left out", { ...plan, shellVariables: taken.slice(1) }],
    ["all are", { ...plan, shellVariables: undefined }],
    [
      "one is said to be unset",
      { ...plan, shellVariables: [{ name: "GRAFANA_PORT", set: false }, taken[1]!] },
    ],
  ];

  it.each(edits)("is proven: %s", (_, changed) => {
    expect(checkRecorded(localFamily, parsed(changed)).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^by the recorded facts, what is taken from the shell is .*GRAFANA_PORT/),
    ]);
  });

  it("is compared with the shell in which the plan is run", () => {
    expect(untruths(localFamily, plan, source.facts, "the facts here").map(([path]) => path)).toContainEqual([
      "shellVariables",
    ]);
    expect(untruths(localFamily, plan, withTaken(source.facts), "the facts here")).toEqual([]);
  });
});
