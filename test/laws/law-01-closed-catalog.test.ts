import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { catalog } from "../../src/targets/local/tools/index.ts";
import { toolNamed } from "../../src/targets/family.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, RefusedPlan, run, throughFile } from "../fakes/fake-run.ts";
import { anyStep, serviceNames } from "../fakes/random-worlds.ts";
import { anyRun, holdsFor, numRuns, patient } from "./plan-and-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const toolName = fc.oneof(
  fc.constantFrom(
    "constructor",
    "toString",
    "__proto__",
    "hasOwnProperty",
    "bash",
    "",
    "RETRY_LOCAL_COMPOSE_UP",
  ),
  fc.string({ maxLength: 20 }),
);

/** What somebody may write over a member of a step. */
const edit: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  toolName.filter((name) => !Object.hasOwn(catalog, name)).map((tool) => ({ tool })),
  fc.constantFrom(1, 3, 4, 9).map((version) => ({ version })),
  fc.constantFrom(
    { args: {} },
    { args: { bundle: { devlake: "8085;reboot" } } },
    { args: { bundle: { devlake: 8085 }, path: "/etc/passwd" } },
    { args: { bundle: { devlake: 8085 }, command: ["sh", "-c", "reboot"] } },
  ),
);

describe("law 1: no step runs that the catalog does not know", () => {
  it("neither compiled nor run on its own word", patient, async () => {
    const first = await planFor(worlds.portConflictWorld());

    await fc.assert(
      fc.asyncProperty(edit, async (change) => {
        const world = worlds.portConflictWorld();
        const before = world.snapshot();
        const [step, ...rest] = first.plan.steps;
        const plan = { ...first.plan, steps: [{ ...step, ...change }, ...rest] } as typeof first.plan;
        const { facts } = await world.eyes().inspect();

        const { account } = await run(world, plan);

        expect(diagnosticsOf(plan, facts)).not.toEqual([]);
        expect(account.steps.every(({ state }) => state === "not-run")).toBe(true);
        expect(world.snapshot()).toBe(before);
      }),
      { numRuns },
    );
  });

  it("and names that every object has are no tools", () => {
    expect(
      ["constructor", "toString", "__proto__", "valueOf"].map((name) => toolNamed(localFamily, name)),
    ).toEqual([undefined, undefined, undefined, undefined]);
  });
});

it("the random steps of all laws are of every tool in the catalog, with arguments that it takes", () => {
  const steps = fc.sample(anyStep, 500);
  const fitting = steps.filter(
    ({ tool, args }) => toolNamed(localFamily, tool)?.args.safeParse(args).success,
  );

  expect([...new Set(fitting.map(({ tool }) => tool))].sort()).toEqual(Object.keys(catalog).sort());
});

function diagnosticsOf(plan: Parameters<typeof throughFile>[0], facts: Parameters<typeof checkPlan>[2]) {
  try {
    return checkPlan(localFamily, throughFile(plan), facts).diagnostics;
  } catch (thrown) {
    if (thrown instanceof RefusedPlan) return [thrown.message];
    throw thrown;
  }
}

describe("law 1: no string from elsewhere becomes a command or a path", () => {
  it("whatever a plan names, only our own services, containers and files are touched", patient, async () => {
    const own = {
      "files.replace": ["docker-compose.yml", ".env", ".devlake-local.json"],
      "files.remove": [".devlake-local.json"],
    } as const;

    await holdsFor(anyRun, ({ world }) => {
      for (const { operation, what } of world.writes()) {
        if (operation.startsWith("compose.")) {
          expect(what.split(" ").filter((name) => !serviceNames.some((ours) => ours === name))).toEqual([]);
        } else if (operation.startsWith("docker.")) {
          expect(what).toMatch(/^devlake-/);
        } else {
          expect(own[operation as keyof typeof own]).toContain(what);
        }
      }
    });
  });

  it("a compose file outside of the directory is not read and not written", async () => {
    const world = worlds.portConflictWorld();
    world.put(".env", `${worlds.envText}COMPOSE_FILE=docker-compose.yml:../../etc/compose.yml\n`);
    const { facts } = await world.eyes().inspect();

    const { plan } = await planFor(world);

    expect(facts.get("local.compose.source.../../etc/compose.yml")).toMatchObject({
      unavailable: expect.stringContaining("outside") as string,
    });
    expect(plan.steps.flatMap(({ preview }) => preview.match(/etc/) ?? [])).toEqual([]);
  });

  it("hostile names of others stay text", async () => {
    const world = worlds.portConflictWorld();
    world.engine.listeners.set(8080, "$(reboot)\u001B[2J; rm -rf /");

    const parsed = await planFor(world);
    const { account } = await run(world, parsed.plan);

    expect(parsed.plan.metadata.name).toMatch(/^[a-z0-9-]+$/);
    expect(account.outcome).toBe("repaired");
    expect(world.writes().map(({ what }) => what)).toEqual([
      "docker-compose.yml",
      "devlake grafana",
      "config-ui",
    ]);
  });
});
