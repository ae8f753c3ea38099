import { expect, it } from "vitest";
import * as fc from "../seeded-fast-check.ts";
import { readSavedSecrets } from "../../src/targets/local/losses/saved-secrets-file.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, planOfSteps, RefusedPlan, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { serviceNames } from "../fakes/random-worlds.ts";
import { numRuns, patient } from "./plan-and-run.ts";

/*
 * Law 3 in random worlds of containers, files, volumes and secrets: no run leaves fewer copies of a needed secret, or
 * less data, than before. Copies are counted in the world itself, not in facts.
 */

const secretNames = ["SESSION_SECRET", "GF_SECURITY_SECRET_KEY", "MYSQL_PASSWORD", "ENCODE_KEY"] as const;
const values = ["first-secret-of-all", 'it\'s $econd\nof "two"', "lake"] as const;
const anonymous = "0123456789abcdef".repeat(4);

const recipe = fc.record({
  /** Secrets that somebody gave containers, by service. */
  given: fc.array(
    fc.record({
      service: fc.constantFrom(...serviceNames),
      name: fc.constantFrom(...secretNames),
      value: fc.constantFrom(...values),
    }),
    { maxLength: 5 },
  ),
  /** What became of `.env` since. */
  env: fc.constantFrom("same", "same", "same", "another secret", "comment", "no secret"),
  states: fc.array(
    fc.record({
      service: fc.constantFrom(...serviceNames),
      state: fc.constantFrom("exited", "created", "dead", "absent"),
    }),
    { maxLength: 4 },
  ),
  networkGone: fc.boolean(),
  data: fc.constantFrom("named", "named", "named", "anonymous", "layer"),
  other: fc.constantFrom(undefined, "created", "dead"),
  alone: fc.boolean(),
});
type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

const some = fc.uniqueArray(fc.constantFrom(...serviceNames), { minLength: 1, maxLength: 4 });

/** Whatever a plan may hold that removes, recreates, creates or starts containers, or saves what they have. */
const anyOfThem: fc.Arbitrary<StepDraft> = fc
  .oneof(
    fc.record({
      tool: fc.constantFrom("cleanup_partial_local_artifacts", "save_container_secrets"),
      args: fc.record({
        services: fc.uniqueArray(fc.constantFrom(...serviceNames), { maxLength: 4 }),
        containers: fc.subarray(["devlake-old-1"]),
      }),
    }),
    fc.record({
      tool: fc.constantFrom("recreate_services", "retry_local_compose_up", "start_stopped_services"),
      args: fc.record({ services: some }),
    }),
    // What a preview asks for: one after the other, of the same containers.
    fc.record({ tool: fc.constant("recreate_services"), args: fc.record({ services: some }) }),
  )
  .map((step) => ({ ...step, why: "somebody wants it" }));

const savedFirst: fc.Arbitrary<readonly StepDraft[]> = some.map((services) =>
  ["save_container_secrets", "recreate_services"].map((tool) => ({
    tool,
    args: { services },
    why: "somebody wants it",
  })),
);

function cook({ given, env, states, networkGone, data, other, alone }: Recipe): FakeWorld {
  const world = worlds.stoppedWorld();
  const change = (service: string, parts: object): void => {
    const old = world.engine.ofService(world.project, service);
    if (old !== undefined) world.engine.containers.set(old.id, { ...old, ...parts });
  };
  for (const { service, name, value } of given) {
    const old = world.engine.ofService(world.project, service);
    const kept = (old?.env ?? []).filter((entry) => !entry.startsWith(`${name}=`));
    change(service, { env: [...kept, `${name}=${value}`] });
  }
  for (const { service, state } of states) {
    const old = world.engine.ofService(world.project, service);
    if (old === undefined) continue;
    if (state === "absent") world.engine.containers.delete(old.id);
    else change(service, { state });
  }
  const source = data === "anonymous" ? anonymous : "devlake_mysql-storage";
  const mounts = data === "layer" ? [] : [{ type: "volume", source, target: "/var/lib/mysql" }];
  change("mysql", { mounts });
  if (other !== undefined)
    world.engine.add({
      name: "devlake-old-1",
      image: "mysql:8",
      project: "devlake",
      service: "old",
      state: other,
      env: alone ? ["SESSION_SECRET=only in the old one"] : [`SESSION_SECRET=${values[0]}`],
      ...(data === "anonymous" && alone && { mounts }),
    });
  const line = /^ENCRYPTION_SECRET=.*$/m;
  const texts = {
    same: worlds.envText,
    "another secret": worlds.envText.replace(line, "ENCRYPTION_SECRET=ANOTHERANOTHERANOTHER"),
    comment: worlds.envText.replace(line, (old) => `# ${old}\n${old}`),
    "no secret": worlds.envText.replace(line, ""),
  };
  world.put(".env", texts[env], 0o600);
  if (networkGone) world.engine.networks.clear();
  return world;
}

/** Every secret value that anything here has. */
function secretsIn(world: FakeWorld): readonly string[] {
  const ofContainers = [...world.engine.containers.values()].flatMap(({ env }) => env);
  return [...new Set([worlds.secret, ...values, "only in the old one"])].filter(
    (value) =>
      ofContainers.some((entry) => entry.endsWith(`=${value}`)) ||
      (world.text(".env") ?? "").includes(value) ||
      savedIn(world).includes(value),
  );
}

function savedIn(world: FakeWorld): readonly string[] {
  return [...world.saved.values()].flatMap(readSavedSecrets).map(([, value]) => value);
}

/** What nobody may lose sight of: volumes with their data, and containers that hold data in no named volume. */
function dataIn(world: FakeWorld): readonly string[] {
  const unnamed = [...world.engine.containers.values()].filter(
    ({ mounts, state, image }) =>
      image.startsWith("mysql") &&
      mounts !== undefined &&
      (mounts.length === 0 ? state !== "created" : mounts.some(({ source }) => source === anonymous)),
  );
  return [...[...world.engine.volumes].map((volume) => volume.join("=")), ...unnamed.map(({ id }) => id)];
}

const runs = fc.record({
  recipe,
  steps: fc.oneof(fc.constant(undefined), savedFirst, fc.array(anyOfThem, { minLength: 1, maxLength: 3 })),
});

it("law 3: no run leaves a secret without a copy, or data without its holder", patient, async () => {
  let removed = 0;
  let saved = 0;
  let created = 0;
  let recreated = 0;
  await fc.assert(
    fc.asyncProperty(runs, async ({ recipe: parts, steps }) => {
      const world = cook(parts);
      const [secrets, data] = [secretsIn(world), dataIn(world)];
      try {
        const plan = steps === undefined ? (await planFor(world)).plan : await planOfSteps(world, ...steps);
        await run(world, plan);
      } catch (thrown) {
        if (!(thrown instanceof RefusedPlan) && !(thrown instanceof Error && "code" in thrown)) throw thrown;
      }

      const written = world.writes().map(({ operation }) => operation);
      removed += written.filter((operation) => operation === "docker.removeContainer").length;
      saved += written.filter((operation) => operation === "savedSecrets.save").length;
      created += written.filter((operation) => operation === "compose.createMissing").length;
      recreated += written.filter((operation) => operation === "compose.recreate").length;
      const left = secretsIn(world);
      expect(secrets.filter((value) => !left.includes(value))).toEqual([]);
      expect(data.filter((one) => !dataIn(world).includes(one))).toEqual([]);
      expect(world.saved.size === 0 || savedIn(world).length > 0).toBe(true);
    }),
    { numRuns: numRuns * 4 },
  );
  // Or it would hold because nothing is ever done.
  expect(removed).toBeGreaterThan(0);
  expect(saved).toBeGreaterThan(0);
  expect(created).toBeGreaterThan(0);
  expect(recreated).toBeGreaterThan(0);
});
