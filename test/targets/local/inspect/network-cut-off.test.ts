import { describe, expect, test } from "vitest";
import { readFact } from "../../../../src/core/fact.ts";
import { containerNetworkCutOff } from "../../../../src/targets/local/facts/local-facts.ts";
import { containerFacts } from "../../../../src/targets/local/inspect/containers.ts";
import type { ContainerDetails, Network } from "../../../../src/targets/local/ports/docker.ts";

const project = { "com.docker.compose.project": "devlake" };
const networks: readonly Network[] = [
  { id: "n1", name: "devlake_default", labels: project, containers: 3 },
  { id: "n2", name: "devlake_back", labels: project, containers: 1 },
  { id: "n3", name: "proxy", labels: {}, containers: 1 },
];
const mysql: ContainerDetails = {
  id: "1",
  name: "devlake-mysql-1",
  image: "mysql:8",
  labels: { ...project, "com.docker.compose.service": "mysql" },
  state: "running",
  publishedPorts: [],
  configuredPorts: [{ published: 3306, protocol: "tcp" }],
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  error: "",
  health: undefined,
  env: [],
  networks: [{ name: "devlake_default", id: "n1" }],
  networkMode: "devlake_default",
};
const seen = (changes: Partial<ContainerDetails>, known = networks): string | undefined =>
  readFact(
    containerFacts(
      { project: "devlake", services: ["mysql"], own: [{ ...mysql, ...changes }], networks: known },
      (text) => text,
    ),
    containerNetworkCutOff("mysql"),
  );

// As the Engine 26.1 shows it after `docker network disconnect -f devlake_default devlake-mysql-1`.
const disconnected = { networks: [] };

describe("cut off from its network", () => {
  test.each([
    ["disconnected while it runs", disconnected],
    ["disconnected while it is stopped", { ...disconnected, state: "exited" }],
    ["put on a foreign network instead", { networks: [{ name: "proxy", id: "n3" }] }],
    ["its network is named by id", { ...disconnected, networkMode: "n1" }],
    // Engine 29.7: its first start failed on a taken port.
    ["never started, since the Engine took it off its network", { ...disconnected, state: "created" }],
    ["connected to another network of the project alone", { networks: [{ name: "devlake_back", id: "n2" }] }],
  ] as const)("%s", (_name, changes) => {
    expect(seen(changes)).toBe("networkMode" in changes ? "n1" : "devlake_default");
  });

  test.each([
    ["connected", {}],
    [
      "connected to a network that is not the project's, as its files want",
      {
        networks: [{ name: "proxy", id: "n3" }],
        networkMode: "proxy",
      },
    ],
    ["connected to the network that is named by id", { networkMode: "n1" }],
    ["between two starts", { state: "restarting" }],
    [
      "never started: configured, without an endpoint",
      { state: "created", networks: [{ name: "devlake_default", id: "" }] },
    ],
    ["the host's network", { networks: [{ name: "host", id: "h" }], networkMode: "host" }],
    ["no network", { networks: [{ name: "none", id: "x" }], networkMode: "none" }],
    ["another container's network", { ...disconnected, networkMode: "container:abc" }],
    [
      "the mode that Podman gives to all",
      { networks: [{ name: "devlake_default", id: "n1" }], networkMode: "bridge" },
    ],
  ] as const)("is not: %s", (_name, changes) => {
    expect(seen(changes)).toBeUndefined();
  });

  test("from one of the two that the files want", () => {
    const { networks: joined } = mysql;
    const on = (...more: ContainerDetails["networks"]): string | undefined =>
      readFact(
        containerFacts(
          {
            project: "devlake",
            services: ["mysql"],
            own: [{ ...mysql, networks: [...joined, ...more] }],
            networks,
            wanted: new Map([["mysql", ["devlake_back", "devlake_default", "devlake_not-made-yet"]]]),
          },
          (text) => text,
        ),
        containerNetworkCutOff("mysql"),
      );

    expect(on()).toBe("devlake_back");
    expect(on({ name: "devlake_back", id: "n2" })).toBeUndefined();
  });

  test("nor is one whose network was made after the networks were listed", () => {
    expect(seen({ networks: [{ name: "devlake_default", id: "new" }] }, [])).toBeUndefined();
  });

  test("nor one of which the engine does not say what it was made for", () => {
    const { networkMode: _unsaid, ...silent } = { ...mysql, ...disconnected };
    const facts = containerFacts(
      { project: "devlake", services: ["mysql"], own: [silent], networks },
      (text) => text,
    );

    expect(readFact(facts, containerNetworkCutOff("mysql"))).toBeUndefined();
  });
});
