import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { describeMove, movedFacts } from "../../src/core/expectations.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { planFor, run, throughFile } from "../fakes/fake-run.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { brokenWorld, serviceNames } from "../fakes/random-worlds.ts";
import { numRuns, patient } from "./plan-and-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

interface Drift {
  readonly happen: (world: FakeWorld) => void;
}

const drift: fc.Arbitrary<Drift> = fc.oneof(
  fc.constantFrom(8080, 3002, 4000, 3306, 8085, 3004, 4004, 5000, 9999).map((port) => ({
    happen: (world: FakeWorld) => {
      if (!world.engine.listeners.delete(port) && world.engine.isFree(port))
        worlds.takePort(world, port, "process");
    },
    toString: () => `port ${port} changes hands`,
  })),
  fc.constantFrom(...serviceNames).map((service) => ({
    happen: (world: FakeWorld) => {
      const container = world.engine.ofService(world.project, service);
      if (container !== undefined) world.engine.containers.delete(container.id);
    },
    toString: () => `the container of ${service} goes`,
  })),
  fc.constantFrom("docker-compose.yml", ".env", ".devlake-local.json", "notes.txt").map((path) => ({
    happen: (world: FakeWorld) => world.put(path, `${world.text(path) ?? "{}"}\n`),
    toString: () => `${path} is edited`,
  })),
  fc.constant({
    happen: (world: FakeWorld) => void world.engine.volumes.set("another", "x"),
    toString: () => "a volume is made",
  }),
);

describe("law 5: a step runs only on the facts that it was compiled against", () => {
  it("each one that moved is named, with what it was and is; others do not matter", patient, async () => {
    await fc.assert(
      fc.asyncProperty(
        brokenWorld,
        fc.array(drift, { maxLength: 2 }),
        fc.boolean(),
        async ({ make }, drifts, early) => {
          const world = make();
          const { plan } = await planFor(world);
          const [first] = plan.steps;
          if (first === undefined) return;
          let moved: readonly string[] = [];
          // What moved is known from the facts right after the drift, and not from what the run made of it.
          const change = async (): Promise<void> => {
            world.clock.pass(2_000);
            for (const { happen } of drifts) happen(world);
            moved = movedFacts(first.expects, (await world.eyes().inspect()).facts).map(describeMove);
          };
          if (early) await change();
          world.trace.length = 0;

          const { account } = await run(world, plan, {
            decide: async ({ step }) => {
              if (!early && step.id === first.id) await change();
              return { kind: "approved", how: "terminal" };
            },
          });

          if (moved.length > 0) {
            expect(account.steps[0]?.state).toBe("stale");
            for (const move of moved) expect(account.steps[0]?.reason).toContain(move);
          }
          if (account.steps[0]?.state === "stale") expect(world.writes()).toEqual([]);
          else expect(moved).toEqual([]);
        },
      ),
      { numRuns },
    );
  });

  it("also what moved while somebody thought about the approval", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.trace.length = 0;

    const { account } = await run(world, plan, {
      decide: () => {
        world.clock.pass(2_000);
        worlds.takePort(world, 8085, "process");
        return { kind: "approved", how: "terminal" };
      },
    });

    expect(account.steps[0]).toMatchObject({ state: "stale" });
    expect(account.steps[0]?.reason).toContain("local.port.8085.holder");
    expect(world.writes()).toEqual([]);
  });

  it("and every step looks anew: between its intent and the effect before it lies an inspection", async () => {
    const world = worlds.portConflictWorld();
    world.put(".devlake-local.json", worlds.stateText);
    const { plan } = await planFor(world);
    world.trace.length = 0;

    await run(world, plan);

    let isFresh = false;
    let intents = 0;
    for (const entry of world.trace) {
      if (entry.kind === "inspection") isFresh = true;
      if (entry.kind === "write") isFresh = false;
      if (entry.kind === "journal" && entry.entry.kind === "step_intent") {
        expect(isFresh).toBe(true);
        intents += 1;
      }
    }
    expect(intents).toBe(3);
  });

  it("a plan that leaves out what a step depends on, or shows another preview, does not compile", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    const { facts } = await world.eyes().inspect();
    const codesWith = (change: object): readonly string[] => {
      const steps = plan.steps.map((step, index) => (index === 0 ? { ...step, ...change } : step));
      return checkPlan(localFamily, throughFile({ ...plan, steps }), facts).diagnostics.map(
        ({ code }) => code,
      );
    };

    expect(codesWith({})).toEqual([]);
    expect(codesWith({ expects: {} })).toContain("P0405");
    expect(codesWith({ preview: "nothing much\n" })).toContain("P0404");
  });
});
