import { expect, it } from "vitest";
import * as fc from "../seeded-fast-check.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import { planFor, planOfSteps, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { meanwhile } from "../fakes/faults.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { serviceNames } from "../fakes/random-worlds.ts";
import { numRuns, patient } from "./plan-and-run.ts";
import { randomPair } from "./random-pairs.ts";
import { kindsOfChange, look, unnamed, type Seen } from "./what-changed.ts";

/*
 * Law 11: a step changes only what its preview names. Looked for in the world itself, before and after each step, and
 * not in the facts that the preview is made from.
 */

interface Done {
  readonly tool: string;
  readonly preview: string;
  readonly before: Seen;
  readonly after: Seen;
  readonly state: string;
}

/** Runs a plan and looks at the world around each of its steps; what is undone afterwards is no step's doing. */
async function stepsOf(world: FakeWorld, plan: Plan): Promise<readonly Done[]> {
  const done: Done[] = [];
  let begun: { readonly tool: string; readonly preview: string; readonly before: Seen } | undefined;
  try {
    await run(world, plan, {
      onEvent: (event) => {
        if (event.type === "step_started")
          begun = { tool: event.step.tool, preview: event.step.preview, before: look(world) };
        if (event.type !== "step_ended" || begun === undefined) return;
        done.push({ ...begun, after: look(world), state: event.state });
        begun = undefined;
      },
    });
  } catch (thrown) {
    // A plan that may not run, and then nothing has begun.
    if (!(thrown instanceof RepairError) || done.length > 0) throw thrown;
  }
  return done;
}

const chosen = fc.subarray<string>([...serviceNames, "cache"], { minLength: 1 });

/** What a person or a model may choose where the planner would not. */
const steps: fc.Arbitrary<readonly StepDraft[] | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.array(
    fc
      .tuple(
        fc.constantFrom(
          "recreate_services",
          "recreate_services",
          "retry_local_compose_up",
          "start_stopped_services",
          "reconnect_networks",
          "pull_fixed_images",
        ),
        chosen,
      )
      .map(([tool, services]) => ({ tool, args: { services }, why: "somebody wants it" })),
    { minLength: 1, maxLength: 3 },
  ),
);

it("law 11: whatever a step of a plan changes is named in its preview", patient, async () => {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(randomPair, steps, async ({ make }, drafts) => {
      const world = make();
      const plan = drafts === undefined ? (await planFor(world)).plan : await planOfSteps(world, ...drafts);
      if (plan.steps.length === 0) count("no step");
      for (const { preview, before, after } of await stepsOf(world, plan)) {
        kindsOfChange(before, after).forEach(count);
        expect(unnamed(before, after, preview), preview).toEqual([]);
      }
    }),
    { numRuns: Math.max(100, numRuns * 6) },
  );
  // Or it would hold because nothing is ever done.
  for (const [what, least] of Object.entries(leastCounts))
    expect(counts.get(what) ?? 0, `${what} of ${JSON.stringify([...counts])}`).toBeGreaterThanOrEqual(least);
});

/** Far fewer than there are, so that another seed does not fail. */
const leastCounts = {
  created: 5,
  recreated: 5,
  "other setting": 5,
  started: 5,
  connected: 3,
  removed: 1,
  "network made": 1,
  "file edited": 1,
  "image pulled": 1,
  "no step": 5,
} as const;

/** A backend whose files have other ports, variables, labels and mounts than its container. */
function editedWorld(): FakeWorld {
  const world = worlds.healthyWorld();
  const text = worlds.composeText
    .replace('"8080:8080"', '"8090:8080"')
    .replace("LOGGING_DIR: /app/logs", "TZ: UTC\n    privileged: true\n    labels:\n      team: platform")
    .replace("    env_file:", "    volumes:\n      - ./conf:/etc/conf\n    env_file:");
  world.put("docker-compose.yml", text, 0o640);
  return world;
}

const recreation = { tool: "recreate_services", args: { services: ["devlake"] } };

it("law 11's test finds each line that a preview would lack", async () => {
  const world = editedWorld();
  const [step] = await stepsOf(world, await planOfSteps(world, recreation));
  if (step === undefined) throw new Error("nothing was done");
  const { before, after, preview } = step;
  const lines = preview.split("\n");
  const told = lines.filter((line) => /^(?:recreate| {2})/.test(line));

  expect(unnamed(before, after, preview)).toEqual([]);
  expect(new Set(told.map((line) => line.trim().split(/[: ]/)[0]))).toEqual(
    new Set([
      "environment.LOGGING_DIR",
      "environment.TZ",
      "labels.team",
      "ports",
      "privileged",
      "recreate",
      "volumes./etc/conf",
    ]),
  );
  for (const line of told)
    expect(unnamed(before, after, lines.filter((other) => other !== line).join("\n")), line).not.toEqual([]);
});

it("law 11's test finds a dependent that is recreated along, and what is made beside", async () => {
  const world = editedWorld();
  const { engine } = world;
  world.faults.add(
    meanwhile("compose.recreate", () => {
      const dependent = engine.ofService(world.project, "config-ui");
      if (dependent === undefined) throw new Error("no dependent");
      engine.containers.delete(dependent.id);
      engine.containers.set("another", { ...dependent, id: "another" });
      engine.volumes.set("devlake_other", "empty");
    }),
  );
  const [step] = await stepsOf(world, await planOfSteps(world, recreation));
  if (step === undefined) throw new Error("nothing was done");

  expect(unnamed(step.before, step.after, step.preview)).toEqual([
    "container devlake-config-ui-1 was recreated",
    "volume devlake_other was made",
  ]);
});
