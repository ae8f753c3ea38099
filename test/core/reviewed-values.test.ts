import { describe, expect, it } from "vitest";
import { reviewedStep, unreviewedReason } from "../../src/apply/reviewed-step.ts";
import type { Run } from "../../src/apply/run-context.ts";
import { FactsDraft, type Facts } from "../../src/core/fact.ts";
import { containerChanges, serviceSettings } from "../../src/targets/local/facts/local-facts.ts";
import {
  compareReviewed,
  uncomparedText,
  type MaskedSetting,
  type ReadMasked,
  type Reviewed,
} from "../../src/core/reviewed-values.ts";
import { approvalText } from "../../src/ui/format-approval.ts";
import { moveStep, repairPlan } from "../ui/sample-plans.ts";
import { localFamily } from "../../src/targets/local/family.ts";
import type { StepOfTool } from "../../src/targets/family.ts";

const create = { tool: "retry_local_compose_up", args: { services: ["config-ui"] } };
const recreate = { tool: "recreate_services", args: { services: ["config-ui"] } };
const move = { tool: "rewrite_local_ports_to_alt_bundle", args: { bundle: { "config-ui": 4004 } } };
const settings = new FactsDraft().set(serviceSettings("config-ui"), [
  { setting: "image", value: "x" },
  { setting: "environment.TZ", value: "UTC" },
  { setting: "environment.LD_PRELOAD", masked: true },
  { setting: "environment.GF_SERVER_ROOT_URL", masked: true },
  { setting: "command", value: "serve --token <redacted>", masked: true },
]);
const facts = settings.facts();
/** Its container has what the files want, but for the command. */
const withContainer = new FactsDraft(facts)
  .set(containerChanges("config-ui"), [{ setting: "command", how: "differs" }])
  .facts();
const of = (...names: readonly string[]) => names.map((setting) => ({ service: "config-ui", setting }));
const readMasked = ({ setting }: MaskedSetting): string => `value of ${setting}`;
const kept =
  (changed: readonly string[], missing: readonly string[] = []): Reviewed =>
  ({ setting }) =>
    missing.includes(setting) ? "not_kept" : changed.includes(setting) ? "differs" : "same";

const settingsOf = (step: StepOfTool, all: Facts) => localFamily.masked.of(step, [], all);
const compared = (
  step: StepOfTool,
  before: readonly StepOfTool[],
  all: Facts,
  read: ReadMasked,
  reviewed: Reviewed,
) =>
  compareReviewed(
    localFamily.masked.of(step, before, all),
    (setting) => localFamily.masked.isAsRunning(setting, all),
    read,
    reviewed,
  );

describe("masked settings of the containers that a step makes", () => {
  it("are those of its services, and of no other step", () => {
    const all = of("environment.LD_PRELOAD", "environment.GF_SERVER_ROOT_URL", "command");

    expect(settingsOf(create, facts)).toEqual(all);
    expect(settingsOf(recreate, facts)).toEqual(all);
    expect(settingsOf(move, facts)).toEqual([]);
    expect(settingsOf({ ...create, args: { services: ["grafana"] } }, facts)).toEqual([]);
    expect(settingsOf({ ...create, args: {} }, facts)).toEqual([]);
  });

  it("are named where they have changed", () => {
    expect(compared(create, [], facts, readMasked, kept(["environment.LD_PRELOAD"]))).toEqual({
      moved: of("environment.LD_PRELOAD"),
      uncompared: [],
    });
  });

  it("are named where nothing was kept of them, or they cannot be read", () => {
    const missing = kept([], ["environment.LD_PRELOAD"]);

    expect(compared(create, [], facts, readMasked, missing).uncompared).toEqual(of("environment.LD_PRELOAD"));
    expect(compared(create, [], facts, () => undefined, kept([])).uncompared).toHaveLength(3);
  });

  it("need not be kept where they are those of the container, which a fact says", () => {
    const nothing = kept([], ["environment.LD_PRELOAD", "environment.GF_SERVER_ROOT_URL", "command"]);

    expect(compared(recreate, [], withContainer, readMasked, nothing).uncompared).toEqual(of("command"));
  });

  it("differ in one that differs from the container before and after, which no fact says", () => {
    expect(compared(recreate, [], withContainer, readMasked, kept(["command"])).moved).toEqual(of("command"));
  });

  it("but for Grafana's address, once a step before has moved it", () => {
    const changed = kept(["environment.GF_SERVER_ROOT_URL"]);

    expect(compared(create, [], facts, readMasked, changed).moved).toHaveLength(1);
    expect(compared(create, [move], facts, readMasked, changed).moved).toEqual([]);
  });
});

describe("a run", () => {
  const step = { ...moveStep, ...create, id: "s2" };
  const plan = { ...repairPlan, steps: [{ ...moveStep, id: "s1" }, step] };
  const run = (reviewed: Reviewed | undefined) =>
    ({ request: { plan, reviewed, family: localFamily } }) as unknown as Run;

  it("does not make a container of which a value was changed after review, and names the setting alone", () => {
    expect(unreviewedReason(run(kept(["environment.LD_PRELOAD"])), step, facts, readMasked)).toBe(
      "changed since the plan was made, though nobody is shown its value: environment.LD_PRELOAD of config-ui",
    );
    expect(unreviewedReason(run(kept([])), step, facts, readMasked)).toBeUndefined();
  });

  it("asks with the names of what nobody could compare", () => {
    const { uncompared } = reviewedStep(run(undefined), step, facts, readMasked);
    const shown = approvalText(step, plan, ".", uncompared);

    expect(shown).toContain(
      "Beware: not compared with what was reviewed: environment.LD_PRELOAD, command of config-ui\n",
    );
    expect(shown).not.toContain("value of");
    expect(approvalText(step, plan, ".")).not.toContain("not compared");
  });
});

it("names settings by service", () => {
  expect(uncomparedText([...of("command"), { service: "grafana", setting: "environment.A" }])).toBe(
    "not compared with what was reviewed: command of config-ui; environment.A of grafana",
  );
});
