import { describe, expect, it } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import { classify } from "../../../../src/targets/local/classify.ts";
import type { MadeFrom } from "../../../../src/targets/local/facts/change-facts.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import { madeFrom } from "../../../../src/targets/local/facts/local-facts.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { planFor } from "../../../fakes/fake-run.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";

const elsewhere: MadeFrom = {
  status: "other_files",
  services: ["devlake", "mysql"],
  directory: "/srv/my lake",
  files: ["/srv/my lake/compose.yml", "/srv/my lake/prod.yml"],
};

async function factsOf(world: FakeWorld, made: MadeFrom): Promise<Facts> {
  const { facts } = await world.eyes().inspect();
  return new FactsDraft(facts).set(madeFrom(), made).facts();
}

describe("containers that were made from other files", () => {
  it.each([
    ["rewrite_local_ports_to_alt_bundle", { bundle: { devlake: 8085 } }, worlds.portConflictWorld],
    ["update_state_file", {}, worlds.portConflictWorld],
    ["retry_local_compose_up", { services: ["mysql", "grafana", "devlake", "config-ui"] }, worlds.freshWorld],
    ["recreate_services", { services: ["devlake"] }, worlds.healthyWorld],
  ] as const)("%s does not compile, and says which files those are", async (name, args, world) => {
    const tool = catalog[name];
    const here = await factsOf(world(), { status: "these_files" });
    const there = await factsOf(world(), elsewhere);

    expect(tool.check(args, here)).toEqual([]);
    expect(tool.check(args, there)).toContainEqual({
      fact: madeFrom().id,
      message:
        "the containers of devlake, mysql were made from the files /srv/my lake/compose.yml, /srv/my lake/prod.yml in the directory /srv/my lake, not from what was read here",
    });
    expect(tool.reads(args, there).map(({ id }) => id)).toContain(madeFrom().id);
  });

  it("are a finding that names the directory to go to, and no alarm by themselves", async () => {
    const findings = classify(await factsOf(worlds.healthyWorld(), elsewhere));

    expect(findings).toMatchObject([
      {
        class: "other_instance",
        severity: "info",
        nextSteps: ['look at them in their own directory: gh devlake repair --dir "/srv/my lake"'],
      },
    ]);
    expect(classify(await factsOf(worlds.healthyWorld(), { status: "these_files" }))).toEqual([]);
  });

  it("leave a port conflict to a person", async () => {
    const { plan } = await planFor(worlds.portConflictWorld());
    expect(plan.outcome).toBe("repair");
    const facts = await factsOf(worlds.portConflictWorld(), elsewhere);
    const remedies = classify(facts).flatMap((finding) => finding.remedies);

    const runnable = remedies.filter(
      ({ tool, args }) =>
        tool === "rewrite_local_ports_to_alt_bundle" && catalog[tool].check(args, facts).length === 0,
    );
    expect(runnable).toEqual([]);
  });
});
