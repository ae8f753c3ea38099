import { describe, expect, it } from "vitest";
import type { AnyTool, StepContext } from "../../../../src/targets/define-tool.ts";
import { catalog, type ToolName } from "../../../../src/targets/local/tools/index.ts";
import { needsApproval } from "../../../../src/core/effect.ts";
import type { Facts } from "../../../../src/core/fact.ts";
import { canonicalJson } from "../../../../src/core/text/json.ts";
import { unifiedDiff } from "../../../../src/core/text/unified-diff.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { backups } from "../../../fakes/fake-run.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";
import { withImages } from "../../../fakes/image-facts.ts";

/** A world in which the tool has work to do, and arguments with which it does it. */
interface Scenario {
  readonly world: () => FakeWorld;
  readonly args: Readonly<Record<string, unknown>>;
  readonly badArgs: readonly unknown[];
}

const bundle = { devlake: 8085, grafana: 3004, "config-ui": 4004 };

/** A new tool without a scenario does not compile. */
const scenarios: Readonly<Record<ToolName, Scenario>> = {
  inspect_local_port_conflicts: {
    world: () => worlds.portConflictWorld(3002, "container"),
    args: {},
    badArgs: [],
  },
  rewrite_local_ports_to_alt_bundle: {
    world: () => {
      const world = worlds.portConflictWorld();
      world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
      world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
      return world;
    },
    args: { bundle },
    badArgs: [
      {},
      { bundle: {} },
      { bundle: [] },
      { bundle: { devlake: 0 } },
      { bundle: { devlake: 65_536 } },
      { bundle: { devlake: "8085" } },
      { bundle: { devlake: 80.5 } },
      { bundle: { "": 8085 } },
    ],
  },
  cleanup_partial_local_artifacts: {
    world: worlds.brokenContainersWorld,
    args: { services: ["grafana", "mysql"], containers: ["devlake-old-1"] },
    badArgs: [
      {},
      { services: "grafana", containers: [] },
      { services: [] },
      { services: [1], containers: [] },
      { services: ["grafana"], strays: [] },
    ],
  },
  reconnect_networks: {
    world: worlds.cutOffWorld,
    args: { services: ["mysql", "devlake"] },
    badArgs: [{}, { services: [] }, { services: "mysql" }, { services: [null] }],
  },
  retry_local_compose_up: {
    world: worlds.freshWorld,
    args: { services: ["mysql", "grafana", "devlake", "config-ui"] },
    badArgs: [{}, { services: [] }, { services: "mysql" }, { services: [null] }],
  },
  recreate_services: {
    world: () => {
      const world = worlds.healthyWorld();
      world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "8085:8080"), 0o640);
      return world;
    },
    args: { services: ["devlake"] },
    badArgs: [{}, { services: [] }, { services: "mysql" }, { services: [null] }],
  },
  start_stopped_services: {
    world: worlds.stoppedWorld,
    args: { services: ["mysql", "grafana", "devlake", "config-ui"] },
    badArgs: [{}, { services: [] }, { services: "mysql" }, { services: [null] }],
  },
  wait_until_healthy: {
    world: () => {
      const world = worlds.stoppedWorld(["devlake"]);
      const backend = world.engine.ofService("devlake", "devlake");
      if (backend !== undefined) world.engine.start(backend);
      return world;
    },
    args: {},
    badArgs: [],
  },
  update_state_file: {
    world: () => {
      const world = worlds.healthyWorld();
      world.put(".devlake-local.json", worlds.stateText.replace("8080", "8085"), 0o640);
      return world;
    },
    args: {},
    badArgs: [],
  },
  save_container_secrets: {
    world: () => {
      const world = worlds.stoppedWorld();
      const container = world.engine.ofService("devlake", "devlake");
      if (container !== undefined) {
        world.engine.containers.set(container.id, {
          ...container,
          env: [...container.env, "SESSION_SECRET=only here, $and 'so'\nit is"],
        });
      }
      return world;
    },
    args: { services: ["devlake", "config-ui"] },
    badArgs: [{}, { services: "devlake" }, { services: [1] }, { services: [], containers: "x" }],
  },
  pull_images: {
    world: () => worldWithout("mysql:8"),
    args: { services: ["mysql"] },
    badArgs: [{}, { services: [] }, { services: "mysql" }],
  },
  pull_fixed_images: {
    world: () => worldWithout("devlake.docker.scarf.sh/apache/devlake-config-ui:v1.0.2"),
    args: { services: ["config-ui"] },
    badArgs: [{}, { services: [] }, { services: "config-ui" }],
  },
};

function worldWithout(image: string): FakeWorld {
  const world = worlds.freshWorld();
  world.engine.missingImages.add(image);
  return world;
}

const cases = Object.values(catalog).map((tool): [ToolName, AnyTool, Scenario] => [
  tool.name,
  tool,
  scenarios[tool.name],
]);
const reversible = cases.filter(([, tool]) => tool.reversible === "full");
const ofFiles = reversible.filter(([, tool]) => tool.undoPaths !== undefined);
const covered = cases.filter(([, tool]) => tool.coveredBySafe === true);
const safe = cases.filter(([, tool]) => !needsApproval(tool.effect));

async function factsOf(world: FakeWorld): Promise<Facts> {
  const { facts } = await world.eyes().inspect();
  return withImages(facts, world);
}

async function contextIn(world: FakeWorld): Promise<StepContext> {
  const eyes = world.eyes();
  const { redact } = await eyes.inspect();
  return {
    directory: world.directory,
    target: { kind: "local", directory: ".", project: world.project, identity: { volumes: [] } },
    signal: new AbortController().signal,
    timeoutMs: 120_000,
    clock: world.clock,
    onLine: () => undefined,
    redact,
    probe: eyes.probe,
    ...backups(world),
  };
}

/** Executes as the executor does; returns what `undo` needs. */
async function execute(world: FakeWorld, tool: AnyTool, { args }: Scenario) {
  const facts = await factsOf(world);
  const context = await contextIn(world);
  const write = world.writePorts();
  const record = (await tool.prepareUndo?.(args, facts, write, context)) ?? null;
  const execution = await tool.execute(args, facts, write, context);
  const undo = () => tool.undo?.(record, write, context);
  return { facts, execution, undo };
}

function secretLine(world: FakeWorld): string | undefined {
  return /^ENCRYPTION_SECRET=.*$/m.exec(world.text(".env") ?? "")?.[0];
}

function changedLines(diff: string): readonly string[] {
  return diff
    .split("\n")
    .filter((line) => /^[-+]/.test(line))
    .sort();
}

/** The ids of the facts that a simulation promises to change. */
function promised(before: Facts, after: Facts): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (id) => canonicalJson(before.get(id) ?? null) !== canonicalJson(after.get(id) ?? null),
  );
}

describe.each(cases)("%s", (name, tool, scenario) => {
  it("stands in the catalog under its own name", () => {
    expect(tool.name).toBe(name);
    expect(tool.summary).not.toBe("");
    expect(tool.version).toBeGreaterThanOrEqual(1);
    expect(tool.retry.attempts).toBeLessThanOrEqual(3);
  });

  it("refuses bad arguments and unknown fields", () => {
    const bad = [null, "x", [], { ...scenario.args, sudo: true }, ...scenario.badArgs];

    expect(bad.filter((args) => tool.args.safeParse(args).success)).toEqual([]);
    expect(tool.args.safeParse(scenario.args).success).toBe(true);
  });

  it("reports what it misses in empty facts, and throws nowhere", () => {
    const empty: Facts = new Map();

    expect(tool.check(scenario.args, empty).length).toBeGreaterThan(0);
    expect(() => tool.reads(scenario.args, empty)).not.toThrow();
    expect(() => tool.simulate(scenario.args, empty)).not.toThrow();
    expect(() => tool.preview(scenario.args, empty)).not.toThrow();
    expect(() => tool.verify(scenario.args, empty)).not.toThrow();
  });

  it("may run in its scenario, and shows what it will do", async () => {
    const facts = await factsOf(scenario.world());

    expect(tool.check(scenario.args, facts)).toEqual([]);
    expect(tool.preview(scenario.args, facts)).not.toBe("");
    expect(tool.reads(scenario.args, facts).length).toBeGreaterThan(0);
  });

  it("checks, simulates and previews without a trace, and always the same", async () => {
    const world = scenario.world();
    const facts = await factsOf(world);
    const before = canonicalJson([...facts]);
    const snapshot = world.snapshot();

    const look = () =>
      canonicalJson([
        tool.check(scenario.args, facts),
        [...tool.simulate(scenario.args, facts)],
        tool.preview(scenario.args, facts),
        tool.reads(scenario.args, facts).map(({ id }) => id),
      ]);

    expect(look()).toBe(look());
    expect(canonicalJson([...facts])).toBe(before);
    expect(world.snapshot()).toBe(snapshot);
    expect(world.writes()).toEqual([]);
  });

  it("does what it says: verified, and as simulated", async () => {
    const world = scenario.world();

    const { facts, execution } = await execute(world, tool, scenario);

    const fresh = await factsOf(world);
    const simulated = tool.simulate(scenario.args, facts);
    expect(execution).toMatchObject({ kind: "done" });
    expect(tool.verify(scenario.args, fresh)).toEqual([]);
    for (const id of promised(facts, simulated)) {
      const promise = simulated.get(id);
      // Nobody can know the id and name of a container that is yet to be made.
      if (promise === undefined && /^local\.container\..*\.(id|name)$/.test(id)) continue;
      expect({ [id]: fresh.get(id) }).toEqual({ [id]: promise });
    }
  });

  it("is not verified before it has run, when it changes anything", async () => {
    const facts = await factsOf(scenario.world());

    const changes = promised(facts, tool.simulate(scenario.args, facts)).length > 0;

    expect(tool.verify(scenario.args, facts).length > 0).toBe(changes);
  });

  it("changes nothing of what others own, and no volume", async () => {
    const world = scenario.world();
    world.engine.listeners.set(9000, "other");
    const foreign = world.engine.add({ name: "ci-1", image: "jenkins", project: "ci", service: "devlake" });
    const volumes = new Map(world.engine.volumes).set("ci_data", "precious");
    world.engine.volumes.set("ci_data", "precious");
    const secret = secretLine(world);

    await execute(world, tool, scenario);

    expect(world.engine.containers.get(foreign.id)).toEqual(foreign);
    expect(world.engine.listeners.get(9000)).toBe("other");
    for (const [volume, data] of volumes) expect(world.engine.volumes.get(volume)).toBe(data);
    expect(secretLine(world)).toBe(secret);
    expect(secret).toContain(worlds.secret);
  });

  it("declares undo and its reversibility alike", () => {
    expect(tool.undo !== undefined).toBe(tool.reversible === "full");
    expect(tool.prepareUndo !== undefined).toBe(tool.undo !== undefined);
  });

  it("ends by itself when it is interrupted before it begins", async () => {
    const world = scenario.world();
    const facts = await factsOf(world);
    const context = { ...(await contextIn(world)), signal: AbortSignal.abort() };

    const execution = await tool.execute(scenario.args, facts, world.writePorts(), context);

    expect(["interrupted", "done"]).toContain(execution.kind);
  });
});

describe.each(covered)("%s, which a blanket yes covers,", (_name, tool, scenario) => {
  it("only edits files here or connects containers, and can be undone in full", async () => {
    const world = scenario.world();

    await execute(world, tool, scenario);

    expect([tool.effect, tool.reversible]).toEqual(["mutating", "full"]);
    expect(world.writes().length).toBeGreaterThan(0);
    for (const { operation } of world.writes())
      expect(operation).toMatch(/^(?:files\.|docker\.connectNetwork$)/);
  });
});

describe.each(safe)("%s, for which nobody is asked,", (_name, tool, scenario) => {
  it("leaves the same after two runs as after one", async () => {
    const world = scenario.world();

    await execute(world, tool, scenario);
    const once = world.snapshot();
    const again = await execute(world, tool, scenario);

    expect(again.execution).toMatchObject({ kind: "done" });
    expect(world.snapshot()).toBe(once);
  });

  it("writes nothing at all when its effect is read", async () => {
    const world = scenario.world();

    await execute(world, tool, scenario);

    if (tool.effect === "read") expect(world.writes()).toEqual([]);
    const operations = world.writes().map(({ operation }) => operation);
    expect(operations.filter((name) => !/^(?:compose\.|docker\.startContainer$)/.test(name))).toEqual([]);
  });
});

describe.each(reversible)("%s, which can be undone,", (_name, tool, scenario) => {
  it("takes everything back byte for byte, with modes", async () => {
    const world = scenario.world();
    const before = world.snapshot();

    const { undo } = await execute(world, tool, scenario);
    const changed = world.snapshot();
    const undone = await undo();

    expect(changed).not.toBe(before);
    expect(undone).toMatchObject({ kind: "done" });
    expect(world.snapshot()).toBe(before);
  });

  it("takes nothing back twice", async () => {
    const world = scenario.world();
    const before = world.snapshot();

    const { undo } = await execute(world, tool, scenario);
    await undo();
    const again = await undo();

    expect(again).toMatchObject({ kind: "done" });
    expect(world.snapshot()).toBe(before);
  });
});

describe.each(ofFiles)("%s, which writes files,", (_name, tool, scenario) => {
  it("leaves a file alone that somebody has changed since", async () => {
    const world = scenario.world();
    const { undo } = await execute(world, tool, scenario);
    const written = world.writes().map(({ what }) => what);
    for (const path of written) world.put(path, `${world.text(path) ?? ""}\n# mine\n`);
    const edited = world.snapshot();

    const undone = await undo();

    expect(written.length).toBeGreaterThan(0);
    expect(undone).toMatchObject({ kind: "failed" });
    expect(undone).toMatchObject({ message: expect.stringContaining("changed by somebody else") as string });
    expect(world.snapshot()).toBe(edited);
  });

  it("leaves a file alone that somebody has removed since", async () => {
    const world = scenario.world();
    const { undo } = await execute(world, tool, scenario);
    for (const { what } of world.writes()) world.files.delete(what);

    const undone = await undo();

    expect(undone).toMatchObject({ kind: "failed" });
  });

  it("previews exactly the diff that it makes, but for masked secrets", async () => {
    const world = scenario.world();
    const texts = new Map([...world.files].map(([path, { text }]) => [path, text]));
    const { facts } = await execute(world, tool, scenario);

    const made = [...world.files]
      .map(([path, { text }]) => unifiedDiff(path, texts.get(path) ?? "", text))
      .join("");

    expect(changedLines(tool.preview(scenario.args, facts))).toEqual(changedLines(made));
  });
});
