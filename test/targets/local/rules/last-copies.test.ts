import { describe, expect, it } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import { missingImageProblems } from "../../../../src/targets/local/losses/image-moves.ts";
import { simulateAll } from "../../../../src/plan/simulate.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { planFor, run } from "../../../fakes/fake-run.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";
import { withImages } from "../../../fakes/image-facts.ts";
import { wellFacts } from "./written-facts.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

const anonymous = "0123456789abcdef".repeat(4);

/** All services are stopped, and the network of their containers is gone: they can only be made again. */
function prunedWorld(): FakeWorld {
  const world = worlds.stoppedWorld();
  world.engine.networks.clear();
  return world;
}

function give(world: FakeWorld, service: string, parts: object): void {
  const old = world.engine.ofService(world.project, service);
  if (old === undefined) throw new Error(`no container of ${service}`);
  world.engine.containers.set(old.id, { ...old, ...parts });
}

describe("containers that have to be removed", () => {
  it("have their last secrets saved before, and by no other step's way", async () => {
    const world = prunedWorld();
    const env = world.engine.ofService("devlake", "grafana")?.env ?? [];
    give(world, "grafana", { env: [...env, "SESSION_SECRET=only $in 'here'"] });

    const { plan } = await planFor(world);
    const { account } = await run(world, plan);

    expect(plan.steps.map(({ tool }) => tool)).toEqual(["save_container_secrets", "recreate_services"]);
    expect(plan.steps[0]?.preview).toContain("  SESSION_SECRET\n");
    expect(account).toMatchObject({
      outcome: "repaired",
      steps: [{ state: "done" }, { state: "done" }],
    });
    expect(account.steps[0]?.reason).toMatch(
      /^saved SESSION_SECRET of devlake-grafana-1 to ~\/state\/[0-9a-f]{32}\/1-devlake-grafana-1\.env$/,
    );
    expect([...world.saved.values()].join("")).toContain(
      `SESSION_SECRET="only $in 'here'"`.replace("$", String.raw`\$`),
    );
    expect(JSON.stringify([plan, account])).not.toContain("only $in");
  });

  it("are left alone when the secret of the files is another: the plan says both choices", async () => {
    const world = prunedWorld();
    world.put(".env", worlds.envText.replace(worlds.secret, "ANOTHERSECRETANOTHERSECRET"));
    const before = world.snapshot();

    const { plan } = await planFor(world);

    expect(plan.outcome).toBe("escalate");
    expect(plan.steps).toEqual([]);
    expect(plan.nextSteps.join("\n")).toMatch(
      /put it into \.env in place of the other[\s\S]*or, if you know that what is stored was written with the one of the files/,
    );
    expect(world.snapshot()).toBe(before);
  });

  it("are left alone with a database in a volume without a name, and the plan says how to keep it", async () => {
    const world = prunedWorld();
    give(world, "mysql", { mounts: [{ type: "volume", source: anonymous, target: "/var/lib/mysql" }] });

    const { plan } = await planFor(world);

    expect(plan.outcome).toBe("escalate");
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ class: "unnamed_data", severity: "degraded" }),
    );
    expect(plan.nextSteps.join("\n")).toContain(
      "docker cp devlake-mysql-1:/var/lib/mysql/. - | docker cp -a - mysql-data-copy:/to",
    );
  });
});

describe("data without a name in a deployment that runs", () => {
  it("is worth knowing, and no trouble", () => {
    const facts = wellFacts()
      .set(local.containerUnnamedData("grafana"), [{ path: "/var/lib/grafana", kind: "container_layer" }])
      .facts();

    expect(classify(facts)).toMatchObject([{ class: "unnamed_data", severity: "info" }]);
    expect(planOffline(localFamily, facts).steps).toEqual([]);
  });
});

describe("images that the engine does not have", () => {
  it("are pulled before a container is made: the safe way what is fixed", async () => {
    const world = worlds.freshWorld();
    world.engine.missingImages.add("mysql:8").add("devlake.docker.scarf.sh/apache/devlake-config-ui:v1.0.2");
    const facts = withImages((await world.eyes().inspect()).facts, world);

    const [found] = classify(facts);

    expect(found).toMatchObject({ class: "image_not_found", severity: "blocking" });
    expect(found?.remedies.map(({ tool, args }) => [tool, args])).toEqual([
      ["pull_fixed_images", { services: ["config-ui"] }],
      ["pull_images", { services: ["mysql"] }],
    ]);
    const pulled = simulateAll(localFamily, facts, found?.remedies ?? []);
    expect(pulled.flatMap(({ step }) => step.unmet)).toEqual([]);
    expect(classify(pulled.at(-1)?.step.after ?? facts).map((one) => one.class)).not.toContain(
      "image_not_found",
    );
    expect(missingImageProblems(facts, ["mysql", "grafana"])).toMatchObject([
      { message: "the image of mysql, mysql:8, is not on this engine" },
    ]);
  });

  it("are no matter while the containers run, nor where they are built here", async () => {
    const world = worlds.freshWorld();
    world.engine.missingImages.add("mysql:8");
    const facts = withImages((await world.eyes().inspect()).facts, world);
    const running = new FactsDraft(facts).set(local.containerState("mysql"), "running").facts();
    const built = new FactsDraft(facts)
      .set(local.serviceModel("mysql"), {
        image: "mysql:8",
        ports: [],
        dependsOn: [],
        volumes: [],
        buildsImage: true,
      })
      .facts();

    for (const others of [running, built])
      expect(classify(others).map((finding) => finding.class)).not.toContain("image_not_found");
  });
});
