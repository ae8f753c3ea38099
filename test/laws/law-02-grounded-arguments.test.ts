import * as fc from "../seeded-fast-check.ts";
import { expect, it } from "vitest";
import { toolNamed } from "../../src/targets/family.ts";
import { readFact } from "../../src/core/fact.ts";
import { services, strayContainers } from "../../src/targets/local/facts/local-facts.ts";
import { anyStep, brokenWorld } from "../fakes/random-worlds.ts";
import { anyRun, holdsFor, numRuns, patient } from "./plan-and-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

it(
  "law 2: an argument that names what the facts do not show as ours is an unmet precondition",
  patient,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        brokenWorld,
        fc.array(anyStep, { minLength: 10, maxLength: 10 }),
        async ({ make }, steps) => {
          const { facts } = await make().eyes().inspect();
          const ours = new Set(readFact(facts, services()));
          const strays = new Set((readFact(facts, strayContainers()) ?? []).map(({ name }) => name));

          for (const { tool, args } of steps) {
            const parsed = toolNamed(localFamily, tool)?.args.safeParse(args);
            if (parsed?.success !== true) continue;
            const named = namesIn(parsed.data);
            const foreign = [
              ...named.services.filter((name) => !ours.has(name)),
              ...named.containers.filter((name) => !strays.has(name)),
            ];
            const unmet = toolNamed(localFamily, tool)?.check(parsed.data, facts) ?? [];
            if (foreign.length > 0) expect(unmet.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns },
    );
  },
);

function namesIn(args: Readonly<Record<string, unknown>>): {
  readonly services: readonly string[];
  readonly containers: readonly string[];
} {
  const listed = (name: string): readonly string[] => (args[name] as readonly string[] | undefined) ?? [];
  return {
    services: [...listed("services"), ...Object.keys(args["bundle"] ?? {})],
    containers: listed("containers"),
  };
}

it("law 2: what others own is never touched", patient, async () => {
  await holdsFor(anyRun, ({ world, before }) => {
    const was = JSON.parse(before) as {
      containers: readonly { id: string; labels: Readonly<Record<string, string>> }[];
      listeners: readonly (readonly [number, string])[];
    };
    const is = JSON.parse(world.snapshot()) as typeof was;
    const foreign = (state: typeof was) =>
      state.containers.filter(({ labels }) => labels["com.docker.compose.project"] !== "devlake");

    expect(foreign(was).length).toBeGreaterThan(0);
    expect(foreign(is)).toEqual(foreign(was));
    expect(is.listeners).toEqual(expect.arrayContaining([...was.listeners]));
  });
});
