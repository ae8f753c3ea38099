import { expect, test } from "vitest";
import { retryLocalComposeUp } from "../../../../src/targets/local/tools/retry-local-compose-up.ts";
import type { ProjectObject } from "../../../../src/targets/local/facts/change-facts.ts";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, readFact, type Facts } from "../../../../src/core/fact.ts";
import {
  composeCommand,
  containerState,
  portHolder,
  projectVolumeStates,
} from "../../../../src/targets/local/facts/local-facts.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

const args = { services: ["config-ui"] };

/** config-ui waits for devlake, and that for mysql; for Grafana nobody does. */
function withVolumes(statuses: Readonly<Record<string, ProjectObject["status"]>>, version = "2.40.3"): Facts {
  const { facts } = recorded("healthy");
  const volumes = (readFact(facts, projectVolumeStates()) ?? []).map((volume) => ({
    ...volume,
    status: statuses[volume.services[0] ?? ""] ?? volume.status,
  }));
  return new FactsDraft(facts)
    .set(composeCommand(), { flavour: "plugin", version })
    .set(containerState("config-ui"), "absent")
    .set(portHolder(4000), { kind: "free" })
    .set(projectVolumeStates(), volumes)
    .facts();
}

test.each([
  ["2.40.3", ["devlake_mysql-storage"]],
  ["2.26.1", ["devlake_grafana-storage", "devlake_mysql-storage"]],
])("what Compose %s makes along with a container is named and there afterwards", (version, expected) => {
  const facts = withVolumes({ mysql: "absent", grafana: "absent" }, version);

  expect(retryLocalComposeUp.check(args, facts)).toEqual([]);
  const preview = retryLocalComposeUp.preview(args, facts);
  expect([...(preview.match(/(?<=^make volume ).*$/gm) ?? [])].sort()).toEqual(expected);
  const left = readFact(retryLocalComposeUp.simulate(args, facts), projectVolumeStates())?.filter(
    ({ status }) => status === "absent",
  );
  expect(left).toHaveLength(2 - expected.length);
});

test("nothing is created where a volume made along with it has another name in the files", () => {
  const problems = retryLocalComposeUp.check(args, withVolumes({ mysql: "renamed" }));

  expect(problems).toMatchObject([{ message: expect.stringContaining("has another name") }]);
  expect(retryLocalComposeUp.check(args, withVolumes({ grafana: "renamed" }))).toEqual([]);
});

test("nothing that keeps data starts on a new volume while one may have it that the files no longer name", () => {
  const forgotten: ProjectObject = { name: "devlake_mysql-old", services: [], status: "forgotten" };
  const facts = withVolumes({ mysql: "absent" });
  const volumes = readFact(facts, projectVolumeStates()) ?? [];
  const down = new FactsDraft(facts)
    .set(containerState("mysql"), "absent")
    .set(portHolder(3306), { kind: "free" })
    .set(projectVolumeStates(), [...volumes, forgotten])
    .facts();

  expect(retryLocalComposeUp.check({ services: ["mysql"] }, down)).toMatchObject([
    {
      message:
        "mysql would start on the new, empty volume devlake_mysql-storage, and its data may be in devlake_mysql-old, which the Compose files no longer name",
    },
  ]);
  // It was there before, so nothing of it is new.
  const kept = new FactsDraft(down).set(projectVolumeStates(), [
    ...(readFact(withVolumes({}), projectVolumeStates()) ?? []),
    forgotten,
  ]);
  expect(retryLocalComposeUp.check({ services: ["mysql"] }, kept.facts())).toEqual([]);

  const finding = classify(down).find(({ class: name }) => name === "partial_deployment");
  expect(finding).toMatchObject({
    summary: expect.stringContaining("its data may be in devlake_mysql-old"),
    evidence: expect.arrayContaining([projectVolumeStates().id]),
    nextSteps: expect.arrayContaining([
      expect.stringMatching(
        /^see whether volume devlake_mysql-old, .* has the data of mysql: `docker run --rm/,
      ),
      expect.stringMatching(/^only if none has, start mysql on the new, empty volume/),
    ]),
  });
  expect(finding?.remedies.flatMap(({ args: { services } }) => services)).not.toContain("mysql");
});
