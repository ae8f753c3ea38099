import { describe, expect, test } from "vitest";
import { readComposeModel } from "../../../../src/adapters/compose/compose-model.ts";
import { readFact } from "../../../../src/core/fact.ts";
import { containerVolumeUsers } from "../../../../src/targets/local/facts/local-facts.ts";
import { volumeUserFacts } from "../../../../src/targets/local/inspect/volume-users.ts";
import type { ComposeModel } from "../../../../src/targets/local/ports/compose.ts";
import type { Container, ContainerDetails } from "../../../../src/targets/local/ports/docker.ts";

const mysql: ContainerDetails = {
  id: "1",
  name: "devlake-mysql-1",
  image: "mysql:8",
  labels: { "com.docker.compose.project": "devlake", "com.docker.compose.service": "mysql" },
  state: "running",
  publishedPorts: [],
  configuredPorts: [],
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  error: "",
  health: undefined,
  env: [],
  networks: [{ name: "devlake_default", id: "n1" }],
  networkMode: "devlake_default",
  mounts: [
    { type: "volume", source: "devlake_data", target: "/var/lib/mysql" },
    { type: "bind", source: "/etc/localtime", target: "/etc/localtime" },
  ],
};

const model: ComposeModel = readComposeModel(
  JSON.stringify({ name: "devlake", services: { mysql: { image: "mysql:8" } } }),
  "devlake",
);

function seen(changes: Partial<ContainerDetails>, more: readonly Container[] = []) {
  const container = { ...mysql, ...changes };
  const facts = volumeUserFacts(model, [container], [container, ...more], (text) => text);
  return readFact(facts, containerVolumeUsers("mysql"));
}

describe("who else is on a container's volumes", () => {
  const other: Container = {
    ...mysql,
    id: "2",
    name: "old-mysql-1",
    labels: { "com.docker.compose.project": "old" },
    mounts: [{ type: "volume", source: "devlake_data", target: "/data" }],
  };

  test("a container of another project that runs on one", () => {
    expect(seen({}, [other])).toEqual([{ name: "old-mysql-1", volume: "devlake_data", project: "old" }]);
  });

  test.each<readonly [string, Partial<Container>]>([
    ["one that is stopped", { state: "exited" }],
    [
      "one that cannot write",
      { mounts: [{ type: "volume", source: "devlake_data", target: "/data", readOnly: true }] },
    ],
    [
      "one on the same settings of the host",
      { mounts: [{ type: "bind", source: "/etc/localtime", target: "/x" }] },
    ],
    ["one on another volume", { mounts: [{ type: "volume", source: "old_data", target: "/var/lib/mysql" }] }],
  ])("not %s", (_name, changes) => {
    expect(seen({}, [{ ...other, ...changes }])).toBeUndefined();
  });
});
