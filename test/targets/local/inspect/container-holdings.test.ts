import { describe, expect, it } from "vitest";
import { readFact, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { savedSecretsText } from "../../../../src/targets/local/losses/saved-secrets-file.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";

const anonymous = "0123456789abcdef".repeat(4);

async function look(world: FakeWorld): Promise<Facts> {
  return (await world.eyes().inspect()).facts;
}

function give(world: FakeWorld, service: string, parts: Partial<ReturnType<typeof container>>): void {
  const old = container(world, service);
  world.engine.containers.set(old.id, { ...old, ...parts });
}

function container(world: FakeWorld, service: string) {
  const found = world.engine.ofService(world.project, service);
  if (found === undefined) throw new Error(`no container of ${service}`);
  return found;
}

describe("secrets that are only in containers", () => {
  it("are none while the files have them", async () => {
    const facts = await look(worlds.healthyWorld());

    expect(readFact(facts, local.containerSecrets())).toEqual([]);
    expect([...facts.keys()].filter((id) => id.endsWith("only-secrets"))).toEqual([]);
  });

  it("are those of every container that had the old .env", async () => {
    const world = worlds.healthyWorld();
    world.put(".env", worlds.envText.replace(worlds.secret, "ANOTHERSECRETANOTHERSECRET"));

    const facts = await look(world);

    expect(readFact(facts, local.containerSecrets())).toEqual([
      { variables: ["ENCRYPTION_SECRET"], containers: ["devlake-config-ui-1", "devlake-devlake-1"] },
    ]);
    expect(readFact(facts, local.containerOnlySecrets("devlake"))).toBeUndefined();
    expect(JSON.stringify([...facts])).not.toContain(worlds.secret);
  });

  it("are one container's alone when no other has them", async () => {
    const world = worlds.healthyWorld();
    give(world, "grafana", {
      env: [...container(world, "grafana").env, "GF_SECURITY_SECRET_KEY=only-in-here"],
    });

    const facts = await look(world);

    expect(readFact(facts, local.containerOnlySecrets("grafana"))).toEqual(["GF_SECURITY_SECRET_KEY"]);
  });

  it("are not what a comment of .env still has, nor what stands there as ENCODE_KEY", async () => {
    for (const line of [`# ENCRYPTION_SECRET="${worlds.secret}"`, `ENCODE_KEY=${worlds.secret}`]) {
      const world = worlds.healthyWorld();
      world.put(
        ".env",
        worlds.envText.replace(/^ENCRYPTION_SECRET=.*$/m, `${line}\nENCRYPTION_SECRET=NEWNEWNEWNEW`),
      );

      expect(readFact(await look(world), local.containerSecrets())).toEqual([]);
    }
  });

  it("are what only the shell has beside them", async () => {
    const world = worlds.freshWorld();
    const text = worlds.composeText.replace("LOGGING_DIR: /app/logs", "SESSION_SECRET: ${LAKE_SESSION}");
    world.put("docker-compose.yml", text);
    world.shell.set("LAKE_SESSION", "from-the-shell-alone");
    const config = world.config();
    if (config.kind !== "valid") throw new Error(config.message);
    world.engine.up(config.model);

    expect(readFact(await look(world), local.containerOnlySecrets("devlake"))).toEqual(["SESSION_SECRET"]);
  });

  it("are not what another project's container has too, which may be gone at any moment", async () => {
    const world = worlds.healthyWorld();
    const env = ["SESSION_SECRET=only-in-here"];
    give(world, "grafana", { env: [...container(world, "grafana").env, ...env] });
    world.engine.add({ name: "ci-1", image: "x", project: "ci", service: "y", env });

    expect(readFact(await look(world), local.containerOnlySecrets("grafana"))).toEqual(["SESSION_SECRET"]);
  });

  it("are none once they are saved for this user and this deployment", async () => {
    const world = worlds.healthyWorld();
    give(world, "grafana", { env: [...container(world, "grafana").env, "SESSION_SECRET=only-in-here"] });
    const text = savedSecretsText("x", "devlake", new Date(0), [["SESSION_SECRET", "only-in-here"]]);

    await world.savedSecrets.save({ engineId: world.engineId, project: "another" }, "x", text);
    expect(readFact(await look(world), local.containerOnlySecrets("grafana"))).toEqual(["SESSION_SECRET"]);
    await world.savedSecrets.save({ engineId: world.engineId, project: "devlake" }, "x", text);

    expect(readFact(await look(world), local.containerSecrets())).toEqual([]);
  });

  it("are looked at anew by a probe", async () => {
    const world = worlds.healthyWorld();
    const eyes = world.eyes();
    await eyes.inspect();
    give(world, "grafana", { env: [...container(world, "grafana").env, "SESSION_SECRET=only-in-here"] });

    expect(readFact(await eyes.probe(), local.containerOnlySecrets("grafana"))).toEqual(["SESSION_SECRET"]);
  });
});

describe("data without a name", () => {
  it("is a fact of the service, or of a further container", async () => {
    const world = worlds.healthyWorld();
    const mounts = [{ type: "volume", source: anonymous, target: "/var/lib/mysql" }];
    give(world, "mysql", { mounts });
    give(world, "grafana", { mounts: [] });
    world.engine.add({
      name: "0123456789ab_devlake-mysql-1",
      image: "mysql:8",
      project: "devlake",
      service: "mysql",
      mounts,
    });

    const facts = await look(world);

    expect(readFact(facts, local.containerUnnamedData("mysql"))).toEqual([
      { path: "/var/lib/mysql", kind: "anonymous_volume" },
    ]);
    expect(readFact(facts, local.containerUnnamedData("grafana"))).toEqual([
      { path: "/var/lib/grafana", kind: "container_layer" },
    ]);
    expect(readFact(facts, local.otherUnnamedData())).toEqual([
      {
        container: "0123456789ab_devlake-mysql-1",
        data: [{ path: "/var/lib/mysql", kind: "anonymous_volume" }],
      },
    ]);
  });
});
