import { expect, test } from "vitest";
import { changedValues, keepReviewedValues, reviewedValues } from "../../src/flows/reviewed-values.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/records/events.ts";
import { FactsDraft } from "../../src/core/fact.ts";
import { serviceSettings } from "../../src/targets/local/facts/local-facts.ts";
import type { MaskedSetting } from "../../src/core/reviewed-values.ts";
import { maskedValue } from "../../src/targets/local/inspect/files/masked-values.ts";
import type { ComposeModel } from "../../src/targets/local/ports/compose.ts";
import { temporaryState } from "../adapters/state/temporary-state.ts";
import { moveStep, repairPlan } from "../ui/sample-plans.ts";
import { families } from "../../src/targets/index.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const digest = `sha256:${"a".repeat(64)}`;
const plan = {
  ...repairPlan,
  steps: [{ ...moveStep, id: "s1", tool: "retry_local_compose_up", args: { services: ["config-ui"] } }],
};
const facts = new FactsDraft()
  .set(serviceSettings("config-ui"), [
    { setting: "environment.LD_PRELOAD", masked: true },
    { setting: "labels.note", value: "<redacted>", masked: true },
  ])
  .facts();

function modelWith(preload: string, note = "n"): ComposeModel {
  const service = {
    name: "config-ui",
    image: "x",
    ports: [],
    dependsOn: [],
    restart: undefined,
    volumes: [],
    environment: { LD_PRELOAD: preload },
    printed: { labels: { note } },
  };
  return { project: "devlake", services: [service], volumes: [] };
}

function source(model: ComposeModel) {
  const readMasked = (masked: MaskedSetting) => maskedValue(model, masked);
  return {
    facts,
    target: plan.metadata.target,
    family: localFamily,
    seen: { directory: "/srv/devlake", readMasked },
  };
}

function listening() {
  const events: RunEvent[] = [];
  return { events, reporter: { emit: (event: RunEvent) => void events.push(event) } };
}

test("a value that is changed after review makes the plan stale, and only its setting is named", async () => {
  await using own = await temporaryState();
  const { events, reporter } = listening();
  const planned = source(modelWith("/lib/mine.so"));
  await keepReviewedValues({ plan, digest }, planned, reporter, { ...own.state, families });

  const reviewed = await reviewedValues({ plan, digest }, "/srv/devlake", { ...own.state, families });
  const now = (model: ComposeModel) =>
    changedValues(localFamily, plan, facts, source(model).seen.readMasked, reviewed);

  expect(now(modelWith("/lib/mine.so"))).toEqual([]);
  expect(now(modelWith("/lib/evil.so"))).toEqual([
    "s1: changed since the plan was made, though nobody is shown its value: environment.LD_PRELOAD of config-ui",
  ]);
  expect(now(modelWith("/lib/mine.so", "other"))[0]).toContain("labels.note of config-ui");
  expect(events).toEqual([]);
});

test("of saved facts nothing is kept", async () => {
  await using own = await temporaryState();
  const { seen: _seen, ...saved } = source(modelWith("x"));
  await keepReviewedValues({ plan, digest }, saved, listening().reporter, { ...own.state, families });

  const reviewed = await reviewedValues({ plan, digest }, "/srv/devlake", { ...own.state, families });

  expect(reviewed({ service: "config-ui", setting: "environment.LD_PRELOAD" }, "x")).toBe("not_kept");
});

test("a plan whose values cannot be kept is told of, and is a plan", async () => {
  const { events, reporter } = listening();

  await keepReviewedValues({ plan, digest }, source(modelWith("x")), reporter, {
    families,
    keepReviewed: () =>
      Promise.reject(new RepairError("file_unwritable", "the state directory cannot be made")),
  });

  expect(events).toEqual([
    {
      type: "note",
      text: "masked values cannot be compared when this plan is applied: the state directory cannot be made",
    },
  ]);
});
