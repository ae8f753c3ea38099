import { expect, test } from "vitest";
import { retryLocalComposeUp } from "../../src/catalog/tools/retry-local-compose-up.ts";
import type { ProjectObject } from "../../src/core/change-facts.ts";
import { FactsDraft, readFact, type Facts } from "../../src/core/fact.ts";
import {
  composeCommand,
  containerState,
  portHolder,
  projectVolumeStates,
} from "../../src/core/local-facts.ts";
import { recorded } from "../plan/recorded-facts.ts";

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
