import { describe, expect, test } from "vitest";
import { planRepair } from "../../../src/flows/planning/make-plan.ts";
import { type PlannerWish } from "../../../src/flows/planning/planned-repair.ts";
import { plannerFlagIn, plannerWish } from "../../../src/cli/planner-wish.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import type { RunEvent } from "../../../src/core/records/events.ts";
import { FactsDraft } from "../../../src/core/fact.ts";
import { logLine } from "../../../src/targets/local/facts/local-facts.ts";
import { defaultPolicy } from "../../../src/core/policy/policy.ts";
import { writePlanFile } from "../../../src/plan/files/plan-file.ts";
import type { Model, ModelLookup } from "../../../src/ports/model.ts";
import { scriptedModel, submitting } from "../../fakes/scripted-model.ts";
import { repairDecision, stopDecision } from "../../plan/planners/ask.ts";
import { planOf, recorded, type Recorded } from "../../plan/recorded-facts.ts";
import { families } from "../../../src/targets/index.ts";

const certain = recorded("port-8080-process");
const unsure = recorded("migrating");
const healthy = recorded("healthy");
const absent: ModelLookup = { kind: "absent", reason: "no token", hint: "gh auth login" };

interface Setting {
  readonly lookup?: ModelLookup;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

async function plan(source: Recorded, planner: PlannerWish["planner"], setting: Setting = {}) {
  const notes: string[] = [];
  const asked: unknown[] = [];
  const services: Partial<CliServices> = {
    families,
    env: setting.env ?? {},
    clock: {
      now: () => new Date("2026-11-22T10:15:00Z"),
      monotonicMs: () => 0,
      sleep: async () => undefined,
    } as unknown as CliServices["clock"],
    signal: setting.signal ?? new AbortController().signal,
    findModel: async (...args) => {
      asked.push(args);
      return setting.lookup ?? absent;
    },
  };
  const emit = (event: RunEvent): void => {
    if ("text" in event && typeof event.text === "string") notes.push(event.text);
  };
  const wish = { planner, modelTimeoutMs: 5_000 };
  const planned = await planRepair(source, defaultPolicy, wish, { emit }, services as CliServices);
  return { ...planned, notes, asked };
}

function ready(model: Model): ModelLookup {
  return { kind: "ready", model };
}

describe("--planner offline", () => {
  test.each([certain, unsure, healthy])(
    "looks for no model and gives the very same bytes",
    async (source) => {
      const planned = await plan(source, "offline");

      expect(planned.asked).toEqual([]);
      expect(planned.notes).toEqual([]);
      expect(writePlanFile(planned.plan)).toBe(writePlanFile(planOf(source)));
    },
  );
});

describe("--planner auto", () => {
  test("asks no model where the rules are certain, and says so", async () => {
    const planned = await plan(certain, "auto");

    expect(planned.asked).toEqual([]);
    expect(planned.notes).toEqual(["the rules are certain of the cause, so no model was asked"]);
    expect(writePlanFile(planned.plan)).toBe(writePlanFile(planOf(certain)));
  });

  test("says why when none can be reached, and plans by rules", async () => {
    const planned = await plan(unsure, "auto");

    expect(planned.notes).toEqual(["planned by rules alone: no token (gh auth login)"]);
    expect(writePlanFile(planned.plan)).toBe(writePlanFile(planOf(unsure)));
  });

  test("asks one where the rules are not certain", async () => {
    const model = scriptedModel(submitting(stopDecision(unsure.facts)));

    const planned = await plan(unsure, "auto", { lookup: ready(model) });

    expect(planned.plan).toMatchObject({ outcome: "escalate", metadata: { planner: { kind: "copilot" } } });
    expect(planned.notes).toEqual(["asking scripted (a script, no model)", "scripted decided in 1 turn"]);
  });

  test("asks none about a healthy deployment", async () => {
    expect(await plan(healthy, "auto")).toMatchObject({ asked: [], notes: [], plan: { outcome: "healthy" } });
  });
});

describe("--planner copilot", () => {
  test("asks also where the rules are certain", async () => {
    const model = scriptedModel(submitting(repairDecision(certain.facts)));

    const planned = await plan(certain, "copilot", { lookup: ready(model) });

    expect(planned.asked).toEqual([[undefined, "copilot"]]);
    expect(planned.plan.metadata.planner).toMatchObject({ kind: "copilot", agreesWithOffline: true });
  });

  test("is a usage error without a model, with both ways out", async () => {
    await expect(plan(certain, "copilot")).rejects.toMatchObject({
      code: "usage",
      message: "--planner copilot: no model can be asked: no token",
      hint: "gh auth login; or plan by the rules alone: --planner offline",
    });
  });

  test("ends at once when it is interrupted", async () => {
    const interrupt = new AbortController();
    const model = scriptedModel(async (call) => {
      interrupt.abort();
      await call("read_fact", { id: "local.backend.phase" });
    });

    await expect(
      plan(certain, "copilot", { lookup: ready(model), signal: interrupt.signal }),
    ).rejects.toMatchObject({ code: "interrupted" });
  });

  test("sends and keeps no key of this process, whatever facts hold it", async () => {
    const env = { GH_TOKEN: "opaque!value#of?a&token", MY_API_KEY: "another opaque value" };
    const line = `could not use ${env.GH_TOKEN} and ${Buffer.from(env.MY_API_KEY).toString("base64")}`;
    const facts = new FactsDraft(certain.facts).set(logLine("devlake", 1), line).facts();
    const model = scriptedModel(async (call) => {
      await call("read_log", { service: "devlake", last: 50 });
      await call("submit_plan", { said: env.GH_TOKEN });
    });

    const { transcript = "" } = await plan({ ...certain, facts }, "copilot", { lookup: ready(model), env });

    const all = `${model.sent.join("\n")}\n${transcript}`;
    expect(transcript).toContain("could not use");
    for (const value of Object.values(env)) {
      expect(all).not.toContain(value);
      expect(all).not.toContain(Buffer.from(value).toString("base64").replaceAll("=", ""));
    }
  });
});

describe("without --planner", () => {
  test.each([
    ["nothing names a model", { model: undefined }, { GH_TOKEN: "x", COPILOT_GITHUB_TOKEN: "x" }, "offline"],
    ["the policy names one", { model: { provider: "ollama" } }, {}, "auto"],
    ["the environment names one", { model: undefined }, { GH_DEVLAKE_MODEL_PROVIDER: "openai" }, "auto"],
  ] as const)("where %s", (_name, given, env, planner) => {
    expect(plannerWish({}, given, env).planner).toBe(planner);
  });

  test.each(["0", "1.5", "x", "3601", ""])("--model-timeout %s is refused", (modelTimeout) => {
    expect(() => plannerWish({ modelTimeout }, defaultPolicy, {})).toThrow(/--model-timeout is/);
  });

  test("a provider that is none is named, unless nobody asks for a model or the policy names one", () => {
    const env = { GH_DEVLAKE_MODEL_PROVIDER: "foo" };

    for (const planner of [undefined, "auto", "copilot"] as const) {
      expect(() => plannerWish({ planner }, defaultPolicy, env)).toThrow(
        'GH_DEVLAKE_MODEL_PROVIDER is "foo", which is no provider of models',
      );
    }
    expect(plannerWish({ planner: "offline" }, defaultPolicy, env).planner).toBe("offline");
    expect(plannerWish({}, { model: { provider: "ollama" } }, env).planner).toBe("auto");
    expect(plannerWish({}, defaultPolicy, { GH_DEVLAKE_MODEL_PROVIDER: " copilot " }).planner).toBe("auto");
  });

  test("90 seconds are the limit", () => {
    expect(plannerWish({}, defaultPolicy, {}).modelTimeoutMs).toBe(90_000);
    expect(plannerWish({ modelTimeout: "5" }, defaultPolicy, {}).modelTimeoutMs).toBe(5_000);
  });

  test("flags about planning are named where nothing is planned", () => {
    expect(plannerFlagIn({ planner: "auto" })).toBe("--planner");
    expect(plannerFlagIn({ modelTimeout: "5" })).toBe("--model-timeout");
    expect(plannerFlagIn({ saveTranscript: true })).toBe("--save-transcript");
    expect(plannerFlagIn({})).toBeUndefined();
  });
});
