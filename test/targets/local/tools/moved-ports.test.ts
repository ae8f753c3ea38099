import { describe, expect, it } from "vitest";
import { rewriteLocalPortsToAltBundle as tool } from "../../../../src/targets/local/tools/rewrite-local-ports-to-alt-bundle.ts";
import { FactsDraft, readFact } from "../../../../src/core/fact.ts";
import { composeEditDiffers, serviceModel } from "../../../../src/targets/local/facts/local-facts.ts";
import type { PublishedPort } from "../../../../src/targets/local/facts/fact-values.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { backups, planFor, planOfSteps, run } from "../../../fakes/fake-run.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";

const args = { bundle: { devlake: 8085 } };

async function factsOf(world: FakeWorld) {
  return (await world.eyes().inspect()).facts;
}

/** Another Compose file, which is not one of those that are read here, publishes the backend too. */
function publishToo(world: FakeWorld, added: PublishedPort): void {
  const config = world.config.bind(world);
  world.config = () => {
    const outcome = config();
    if (outcome.kind !== "valid") return outcome;
    const services = outcome.model.services.map((service) =>
      service.name === "devlake" ? { ...service, ports: [...service.ports, added] } : service,
    );
    return { ...outcome, model: { ...outcome.model, services } };
  };
}

function port(published: number, target = 8080): PublishedPort {
  return { published, target, protocol: "tcp" };
}

describe("a port has moved when the model publishes the new one alone", () => {
  it.each([
    ["the new one alone", [port(8085)], []],
    ["the new one on two addresses", [port(8085), port(8085)], []],
    ["the new one, and another of UDP", [port(8085), { ...port(8080), protocol: "udp" as const }], []],
    ["the old one of an overlay", [port(8085), port(8080)], ["still publishes devlake on 8080"]],
    ["the old one of the service it extends", [port(8080), port(8085)], ["still publishes devlake on 8080"]],
    [
      "entries for two ports of the container",
      [port(8085), port(8080, 8443)],
      ["still publishes devlake on 8080"],
    ],
    [
      "the old one alone",
      [port(8080)],
      ["does not publish devlake on 8085", "still publishes devlake on 8080"],
    ],
    ["none at all", [], ["does not publish devlake on 8085"]],
  ])("%s", async (_what, ports, missing) => {
    const facts = await factsOf(worlds.portConflictWorld());
    const model = readFact(facts, serviceModel("devlake"));
    if (model === undefined) throw new Error("no backend");
    const after = new FactsDraft(facts).set(serviceModel("devlake"), { ...model, ports }).facts();

    const unmet = tool.verify(args, after);

    expect(unmet.map(({ message }) => message)).toEqual(missing.map((text) => `the Compose model ${text}`));
  });

  it("a run whose old port stays published fails and is taken back", async () => {
    const world = worlds.portConflictWorld();
    publishToo(world, { published: 8080, target: 8080, protocol: "tcp" });
    const plan = await planOfSteps(world, { tool: "rewrite_local_ports_to_alt_bundle", args });

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed-restored");
    expect(account.steps[0]?.reason).toContain("the Compose model still publishes devlake on 8080");
    expect(world.text("docker-compose.yml")).toBe(worlds.composeText);
  });
});

/** In .env, as a password: the number is a port and nobody is shown it. */
function hiddenPort(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put("docker-compose.yml", worlds.composeText.replace('"8080:8080"', '"${DB_PASSWORD}:8080"'));
  world.put(".env", `${worlds.envText}DB_PASSWORD=8080\n`);
  return world;
}

describe("an edit that a masked value hides", () => {
  it("is a fact with its places", async () => {
    const facts = await factsOf(hiddenPort());

    expect(readFact(facts, composeEditDiffers())).toEqual([
      { service: "devlake", places: [".env:5", "docker-compose.yml:30"] },
    ]);
    expect((await factsOf(worlds.portConflictWorld())).has(composeEditDiffers().id)).toBe(false);
  });

  it("is not planned, and the reason is that one", async () => {
    const world = hiddenPort();
    const facts = await factsOf(world);

    expect(tool.check(args, facts)).toEqual([
      {
        fact: "local.compose.edit-differs",
        message:
          "the preview would not show what is written for service devlake, because of a masked value that the edit depends on " +
          "(.env:5, docker-compose.yml:30): change its port by hand",
      },
    ]);
    expect((await planFor(world)).plan.steps).toEqual([]);
  });

  it("is not made, should no fact say so", async () => {
    const world = hiddenPort();
    const eyes = world.eyes();
    const { facts, redact } = await eyes.inspect();
    const unaware = new FactsDraft(facts).remove(composeEditDiffers()).facts();
    const context = {
      directory: world.directory,
      target: { kind: "local" as const, directory: ".", project: world.project, identity: { volumes: [] } },
      signal: new AbortController().signal,
      timeoutMs: 30_000,
      clock: world.clock,
      onLine: () => undefined,
      redact,
      probe: eyes.probe,
      ...backups(world),
    };

    await expect(tool.execute(args, unaware, world.writePorts(), context)).rejects.toMatchObject({
      code: "plan_stale",
      message: "what would be written at .env:5 is not what was shown",
    });
    expect(world.writes()).toEqual([]);
  });

  it("of another service stops nothing", async () => {
    const facts = await factsOf(hiddenPort());

    expect(tool.check({ bundle: { "config-ui": 4004 } }, facts)).toEqual([]);
  });
});

async function planned(secret: string): Promise<string> {
  const world = worlds.portConflictWorld();
  world.put(".env", worlds.envText.replace(worlds.secret, secret), 0o600);
  const { plan } = await planFor(world);
  return JSON.stringify(plan);
}

it("no digest in a plan depends on a secret's value", async () => {
  expect(await planned("QWERTZUIOPASDFGHJKLYXCVBNMQWERTY")).toBe(
    await planned("x7Kq-another-secret-of-another-length"),
  );
});
