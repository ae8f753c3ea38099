import { describe, expect, test } from "vitest";
import { readComposeModel } from "../../src/adapters/compose-model.ts";
import { readFact } from "../../src/core/fact.ts";
import { containerNetworksLacking, containerVolumeUsers } from "../../src/core/local-facts.ts";
import { connectionFacts } from "../../src/inspect/connections.ts";
import type { ComposeModel } from "../../src/ports/compose.ts";
import type { Container, ContainerDetails, Network } from "../../src/ports/docker.ts";

const networks: readonly Network[] = [
  { id: "n1", name: "devlake_default", labels: {}, containers: 3 },
  { id: "n2", name: "proxy", labels: {}, containers: 1 },
];
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

/** As `config --format json` prints it. */
const model: ComposeModel = readComposeModel(
  JSON.stringify({
    name: "devlake",
    services: {
      mysql: {
        image: "mysql:8",
        networks: {
          default: null,
          proxy: { aliases: ["lake-db", "mysql"], ipv4_address: "10.1.0.9", ipv6_address: "fd00::9" },
          later: null,
        },
      },
    },
    networks: { default: { name: "devlake_default" }, proxy: { name: "proxy", external: true } },
  }),
  "devlake",
);

function seen(changes: Partial<ContainerDetails>, more: readonly Container[] = []) {
  const container = { ...mysql, ...changes };
  const facts = connectionFacts(
    model,
    { own: [container], containers: [container, ...more], networks },
    (text) => text,
  );
  return {
    lacking: readFact(facts, containerNetworksLacking("mysql")),
    users: readFact(facts, containerVolumeUsers("mysql")),
  };
}

describe("the networks that a container lacks", () => {
  test("each that the files want and the engine has, with names and fixed addresses", () => {
    expect(seen({}).lacking).toEqual([
      { network: "proxy", id: "n2", aliases: ["mysql", "lake-db"], ipv4: "10.1.0.9", ipv6: "fd00::9" },
    ]);
    expect(seen({ networks: [], state: "exited" }).lacking?.map(({ network }) => network)).toEqual([
      "devlake_default",
      "proxy",
    ]);
  });

  test.each(["host", "none", "container:abc", "bridge", "default"])(
    "never of one whose mode is %s",
    (mode) => {
      expect(seen({ networks: [], networkMode: mode }).lacking).toBeUndefined();
    },
  );

  test("none when it is on all of them, by name before it has ever run", () => {
    const all = [
      { name: "devlake_default", id: "" },
      { name: "proxy", id: "" },
    ];

    expect(seen({ networks: all, state: "created" }).lacking).toBeUndefined();
  });
});

describe("who else is on a container's volumes", () => {
  const other: Container = {
    ...mysql,
    id: "2",
    name: "old-mysql-1",
    labels: { "com.docker.compose.project": "old" },
    mounts: [{ type: "volume", source: "devlake_data", target: "/data" }],
  };

  test("a container of another project that runs on one", () => {
    expect(seen({}, [other]).users).toEqual([
      { name: "old-mysql-1", volume: "devlake_data", project: "old" },
    ]);
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
    expect(seen({}, [{ ...other, ...changes }]).users).toBeUndefined();
  });
});

test("what a service waits for is read with its conditions, and `required` where it may do without", () => {
  const { services } = readComposeModel(
    JSON.stringify({
      name: "d",
      services: {
        a: {
          depends_on: {
            b: { condition: "service_healthy", required: false, restart: true },
            c: { condition: "service_completed_successfully", required: true },
            d: { condition: "service_started", required: true },
          },
        },
        b: { depends_on: ["c"] },
        c: {},
      },
    }),
    "d",
  );

  expect(services.map(({ waits }) => waits)).toEqual([
    [
      { service: "b", condition: "healthy", restart: true, required: false },
      { service: "c", condition: "completed", restart: false, required: true },
      { service: "d", condition: "started", restart: false, required: true },
    ],
    [{ service: "c", condition: "started", restart: false, required: true }],
    undefined,
  ]);
});
