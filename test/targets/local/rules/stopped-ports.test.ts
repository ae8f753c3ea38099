import { expect, test } from "vitest";
import { FactsDraft } from "../../../../src/core/fact.ts";
import { classify } from "../../../../src/targets/local/classify.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { wellFacts } from "./written-facts.ts";

const published = { published: 4000, target: 4000, protocol: "tcp" } as const;
const model = { ports: [published], dependsOn: [], volumes: [] };

function made(hostIp: string, status: "these_files" | "other_files") {
  return new FactsDraft(wellFacts().facts())
    .set(local.serviceModel("config-ui"), model)
    .set(local.containerPublished("config-ui"), [{ ...published, hostIp }])
    .set(
      local.madeFrom(),
      status === "these_files"
        ? { status }
        : { status, services: ["config-ui"], files: ["/srv/docker-compose.yml", "/srv/edge.yml"] },
    )
    .facts();
}

test.each([
  ["every address, written out", "0.0.0.0", "these_files", []],
  ["every address of IPv6, written out", "::", "these_files", []],
  ["one address where the files want every one", "127.0.0.1", "these_files", ["partial_deployment"]],
  ["one address, by other files than these", "127.0.0.1", "other_files", []],
] as const)("a container that was made for %s", (_what, hostIp, status, classes) => {
  const troubles = classify(made(hostIp, status)).filter(({ severity }) => severity !== "info");

  expect(troubles.map((finding) => finding.class)).toEqual(classes);
});
