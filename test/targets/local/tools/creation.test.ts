import { describe, expect, it, test } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import { FactsDraft } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { planFor, run } from "../../../fakes/fake-run.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

const up = catalog.retry_local_compose_up;
const recreate = catalog.recreate_services;
const page = { services: ["config-ui"] };

/** Everything runs but config-ui, which has no container. */
function withoutPage(): FactsDraft {
  return new FactsDraft(recorded("healthy").facts)
    .set(local.containerState("config-ui"), "absent")
    .set(local.portHolder(4000), { kind: "free" });
}

const used = (status: "differs" | "renamed" | "external_missing" | "foreign", service = "config-ui") => [
  { name: "lake", services: [service], status },
];

describe("a container is created only where Compose changes nothing else", () => {
  it("as here", () => {
    expect(up.check(page, withoutPage().facts())).toEqual([]);
  });

  test.each<[string, (draft: FactsDraft) => FactsDraft, string]>([
    ["there is one", (draft) => draft.set(local.containerState("config-ui"), "created"), "already (created)"],
    [
      "its image is missing",
      (draft) =>
        draft.set(local.serviceImage("config-ui"), { wanted: "x:1", present: false, isDigest: false }),
      "the image of config-ui, x:1, is not on this engine",
    ],
    [
      "a key is not known",
      (draft) => draft.set(local.serviceSettings("config-ui"), [{ setting: "gpus", unknown: true }]),
      "`gpus` of config-ui is not known",
    ],
    [
      "its port is taken",
      (draft) => draft.set(local.portHolder(4000), { kind: "process", name: "java" }),
      'held by process "java"',
    ],
    [
      "its dependency is down",
      (draft) => draft.set(local.containerState("devlake"), "exited"),
      "config-ui waits for devlake, which is exited",
    ],
    [
      "its dependency is in no active profile",
      (draft) =>
        draft.set(local.serviceWaits("config-ui"), [
          { service: "proxy", condition: "started", restart: false, required: true },
        ]),
      "depends on proxy, which is in no active profile",
    ],
    [
      "a container is left of a recreation",
      (draft) =>
        draft.set(local.surplusContainers(), [
          { name: "0123456789ab_x", service: "config-ui", state: "created", kind: "leftover" },
        ]),
      "is left of a recreation",
    ],
    ...(["differs", "renamed", "external_missing", "foreign"] as const).flatMap(
      (status): [string, (draft: FactsDraft) => FactsDraft, string][] => [
        [
          `a network is ${status}`,
          (draft) => draft.set(local.projectNetworkStates(), used(status)),
          "network lake",
        ],
        [
          `a volume is ${status}`,
          (draft) => draft.set(local.projectVolumeStates(), used(status)),
          "volume lake",
        ],
      ],
    ),
    [
      "nobody has seen its settings",
      (draft) => draft.remove(local.serviceSettings("config-ui")),
      "make a new one with `gh devlake repair inspect`",
    ],
  ])("not where %s", (_what, change, message) => {
    const unmet = up.check(page, change(withoutPage()).facts());

    expect(unmet.map((problem) => problem.message).join("\n")).toContain(message);
  });

  it("what another service has is no obstacle", () => {
    const facts = withoutPage()
      .set(local.composeCommand(), { flavour: "plugin", version: "2.40.3" })
      .set(local.projectVolumeStates(), used("differs", "grafana"))
      .facts();

    expect(up.check(page, facts)).toEqual([]);
  });
});

function healthy(): FactsDraft {
  return new FactsDraft(recorded("healthy").facts);
}

describe("what is shown of a recreation", () => {
  it("is each setting that changes", () => {
    const facts = healthy()
      .set(local.containerChanges("devlake"), [
        { setting: "environment.ENCRYPTION_SECRET", how: "differs" },
        { setting: "privileged", how: "differs", container: "no", files: "yes" },
        { setting: "volumes./data", how: "only_files", files: "volume x\nrecreate mysql" },
        { setting: "working_dir", how: "only_container" },
      ])
      .set(local.containerPublished("devlake"), [{ published: 8081, target: 8080, protocol: "tcp" }])
      .set(local.containerNotSeen("devlake"), ["gpus"])
      .set(local.serviceImage("devlake"), {
        wanted: "lake:1",
        present: true,
        running: "lake:1",
        moved: true,
        wantedVersion: "1.1",
        runningVersion: "1.0",
        isDigest: false,
      })
      .facts();

    expect(recreate.preview({ services: ["devlake"] }, facts)).toMatchInlineSnapshot(`
      "recreate devlake (container devlake-devlake-1)
        image: lake:1 1.0 -> 1.1
        ports: 8081 -> 8080
        environment.ENCRYPTION_SECRET: differs
        privileged: no -> yes
        volumes./data: added, volume x\\nrecreate mysql
        working_dir: dropped
        could not be compared: gpus
      then wait for: backend_ready, grafana_healthy, config_ui_reaches_backend
      if it fails, the containers stay as Compose leaves them and are named; no volume is removed
      "
    `);
  });

  it("is refused without who shares its network", () => {
    const facts = healthy().set(local.serviceSharesNetworkOf("config-ui"), "devlake").facts();

    expect(recreate.check({ services: ["devlake"] }, facts)).toContainEqual(
      expect.objectContaining({ fact: "local.service.config-ui.shares-network-of" }),
    );
    expect(recreate.check({ services: ["devlake", "config-ui"] }, facts)).toEqual([]);
  });
});

test("services are created in the order in which they wait for each other, one call for each group", async () => {
  const world = worlds.freshWorld();
  const { plan } = await planFor(world);

  const { account } = await run(world, plan);

  expect(account.outcome).toBe("repaired");
  expect(world.writes().map(({ operation, what }) => `${operation} ${what}`)).toEqual([
    "compose.createMissing mysql",
    "compose.createMissing devlake grafana",
    "compose.createMissing config-ui",
  ]);
});
