import { describe, expect, test } from "vitest";
import { readComposeModel } from "../../../../src/adapters/compose/compose-model.ts";
import { toContainerDetails } from "../../../../src/adapters/docker/docker-answers.ts";
import { networkHash, volumeHash } from "../../../../src/targets/local/facts/config-hash.ts";
import { readFact, type Facts } from "../../../../src/core/fact.ts";
import {
  containerChanges,
  containerNetworksLacking,
  containerNotSeen,
  projectNetworkStates,
  projectVolumeStates,
  serviceSettings,
  serviceSharesNetworkOf,
  serviceWaits,
  surplusContainers,
} from "../../../../src/targets/local/facts/local-facts.ts";
import { createRedactor } from "../../../../src/core/masking/redact.ts";
import { changeFacts } from "../../../../src/targets/local/inspect/changes/change-facts.ts";
import { readImages } from "../../../../src/targets/local/inspect/changes/images.ts";
import { madeFromOf } from "../../../../src/targets/local/inspect/changes/made-from.ts";
import type { Network } from "../../../../src/targets/local/ports/docker.ts";
import { fakeImage } from "../../../fakes/fake-made.ts";

const labels = { "com.docker.compose.project": "lake", "com.docker.compose.service": "db" };
const hex = "a".repeat(64);

/** As the Engine 28.5 answers, cut to what is read. */
const inspected = {
  Id: hex,
  Name: "/lake-db-1",
  Image: fakeImage("mysql:8").id,
  State: { Status: "exited", ExitCode: 0 },
  Config: { Image: "mysql:8", Labels: labels, Env: ["PASSWORD=one"], Hostname: hex.slice(0, 12) },
  HostConfig: { NetworkMode: "lake_default", RestartPolicy: { Name: "no" }, IpcMode: "private" },
  NetworkSettings: { Networks: { lake_default: { NetworkID: "n1", Aliases: ["lake-db-1", "db"] } } },
  Mounts: [],
};
const network: Network = { id: "n1", name: "lake_default", labels: {}, containers: 1 };

function look(
  service: object,
  {
    answer = {},
    more = {},
    networks = [network],
    others = [],
    volumes = [],
  }: {
    readonly answer?: object;
    readonly more?: object;
    readonly networks?: readonly Network[];
    readonly others?: readonly object[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  } = {},
): Facts {
  const model = readComposeModel(
    JSON.stringify({
      name: "lake",
      services: {
        db: { image: "mysql:8", networks: { default: null }, environment: { PASSWORD: "one" }, ...service },
      },
      networks: { default: { name: "lake_default", ipam: {} } },
      ...more,
    }),
    "lake",
  );
  const own = [{ ...inspected, ...answer }, ...others].map(toContainerDetails);
  return changeFacts({
    model,
    all: own,
    own,
    networks,
    volumes,
    images: new Map([["mysql:8", fakeImage("mysql:8")]]),
    defaults: undefined,
    redact: createRedactor(["s3cret-of-a-command"]),
    showImage: (image) => image,
  });
}

/** As the engine lists it. */
function volume(name: string, project: string, key?: string) {
  return {
    name,
    labels: {
      "com.docker.compose.project": project,
      ...(key !== undefined && { "com.docker.compose.volume": key }),
    },
  };
}

const changed = (facts: Facts) => readFact(facts, containerChanges("db"));

describe("changes", () => {
  test("nothing of what is the same", () => {
    expect(changed(look({}))).toEqual([]);
    expect(readFact(look({}), containerNotSeen("db"))).toBeUndefined();
  });

  test("values of variables are never told, and commands without their secrets", () => {
    const facts = look({
      environment: { PASSWORD: "two", MORE: "x" },
      command: ["x", "--password", "s3cret-of-a-command"],
    });

    expect(changed(facts)).toEqual([
      { setting: "command", how: "only_files", files: expect.not.stringContaining("s3cret") },
      { setting: "environment.MORE", how: "only_files" },
      { setting: "environment.PASSWORD", how: "differs" },
    ]);
    expect(JSON.stringify([...facts])).not.toContain("s3cret");
  });

  test("of a DB_URL host and database are told, and nothing else", () => {
    const facts = look(
      { environment: { PASSWORD: "one", DB_URL: "mysql://merico:canary@mysql:3306/staging" } },
      {
        answer: {
          Config: {
            ...inspected.Config,
            Env: ["PASSWORD=one", "DB_URL=mysql://merico:canary@mysql:3306/lake"],
          },
        },
      },
    );

    expect(changed(facts)).toEqual([
      {
        setting: "environment.DB_URL",
        how: "differs",
        container: "database lake on mysql:3306",
        files: "database staging on mysql:3306",
      },
    ]);
    expect(readFact(facts, serviceSettings("db"))).toContainEqual({
      setting: "environment.DB_URL",
      value: "database staging on mysql:3306",
      masked: true,
    });
    expect(JSON.stringify([...facts])).not.toContain("canary");
  });

  test("of two DB_URLs that differ in what nobody is shown, only that they do", () => {
    const facts = look(
      { environment: { PASSWORD: "one", DB_URL: "mysql://merico:other@mysql:3306/lake" } },
      {
        answer: {
          Config: {
            ...inspected.Config,
            Env: ["PASSWORD=one", "DB_URL=mysql://merico:canary@mysql:3306/lake"],
          },
        },
      },
    );

    expect(changed(facts)).toEqual([{ setting: "environment.DB_URL", how: "differs" }]);
  });

  test("a volume of the project that no file names and no container has is forgotten", () => {
    const facts = look(
      { volumes: [{ type: "volume", source: "new", target: "/var/lib/mysql" }] },
      {
        more: { volumes: { new: { name: "lake_new" } } },
        volumes: [
          volume("lake_old", "lake", "old"),
          volume("other_old", "other", "old"),
          volume("hex", "lake"),
        ],
      },
    );

    expect(readFact(facts, projectVolumeStates())).toEqual([
      { name: "lake_new", services: ["db"], status: "absent" },
      { name: "lake_old", services: [], status: "forgotten" },
    ]);
  });

  test("a label of a secret's name is masked", () => {
    const [change] = changed(look({ labels: { "api.token": "abcdefgh" } })) ?? [];

    expect(change).toMatchObject({ setting: "labels.api.token", how: "only_files" });
    expect(JSON.stringify(change)).not.toContain("abcdefgh");
  });

  test.each([
    ["a key that nobody knows", { teleport: true }, ["teleport"]],
    ["a part that nobody knows", { healthcheck: { test: ["CMD", "x"], colour: 1 } }, ["healthcheck"]],
    [
      "a kind of mount that is not read",
      { volumes: [{ type: "image", source: "x", target: "/x" }] },
      ["volumes"],
    ],
    ["a short form of Compose 1.x", { volumes: ["data:/data:rw"] }, ["volumes"]],
    ["what is only applied when it is created", { use_api_socket: true }, ["use_api_socket"]],
  ])("%s is not seen", (_name, service, notSeen) => {
    const facts = look(service);

    expect(readFact(facts, containerNotSeen("db"))).toEqual(notSeen);
    expect(changed(facts)).toEqual([]);
    expect(readFact(facts, serviceSettings("db"))?.map(({ setting }) => setting)).toContain(notSeen[0]);
  });

  test("an image that is gone leaves what it may have given unseen", () => {
    const gone = look(
      {},
      { answer: { Image: "sha256:gone", Config: { ...inspected.Config, Image: "mysql:8" } } },
    );

    expect(changed(gone)).toEqual([{ setting: "image", how: "differs" }]);
  });
});

test("waits, and whose network is used", () => {
  const facts = look({
    network_mode: "service:other",
    networks: undefined,
    depends_on: {
      migrate: { condition: "service_completed_successfully", required: true },
      cache: { condition: "service_healthy", restart: true, required: false },
    },
  });

  expect(readFact(facts, serviceSharesNetworkOf("db"))).toBe("other");
  expect(readFact(facts, serviceWaits("db"))).toEqual([
    { service: "cache", condition: "healthy", restart: true, required: false },
    { service: "migrate", condition: "completed", restart: false, required: true },
  ]);
});

const lacking = (facts: Facts) =>
  readFact(facts, containerNetworksLacking("db"))?.map(({ network: name }) => name);

describe("networks that a container lacks", () => {
  const off = { NetworkSettings: { Networks: {} } };

  test.each(["host", "none", `container:${hex}`])("none of the mode %s", (mode) => {
    const facts = look(
      {},
      { answer: { ...off, HostConfig: { ...inspected.HostConfig, NetworkMode: mode } } },
    );

    expect(lacking(facts)).toBeUndefined();
  });

  test("one of two, the one whose network was made anew, and none that does not exist", () => {
    const second: Network = { id: "n2", name: "lake_back", labels: {}, containers: 0 };
    const more = {
      networks: { default: { name: "lake_default" }, back: { name: "lake_back" }, gone: { name: "gone" } },
    };
    const both = {
      networks: { default: null, back: { aliases: ["data"], ipv4_address: "192.0.2.7" }, gone: null },
    };

    const facts = look(both, { more, networks: [network, second] });
    const anew = look({}, { networks: [{ ...network, id: "n9" }] });

    expect(readFact(facts, containerNetworksLacking("db"))).toEqual([
      { network: "lake_back", id: "n2", aliases: ["lake-db-1", "db", "data"], ipv4: "192.0.2.7" },
    ]);
    expect(lacking(anew)).toEqual(["lake_default"]);
  });
});

const other = (number: number, name = `/lake-db-${number}`) => ({
  ...inspected,
  Id: String(number).repeat(64),
  Name: name,
  Config: {
    ...inspected.Config,
    Labels: {
      ...labels,
      "com.docker.compose.container-number": String(number),
      "com.docker.compose.replace": "old",
    },
  },
});

test("surplus: by number, and the label of a recreation that ended well says nothing", () => {
  const facts = look(
    { deploy: { replicas: 2 } },
    { others: [other(3), other(2), other(1, "/0123456789ab_lake-db-1")] },
  );

  expect(readFact(facts, surplusContainers())?.map(({ name, kind }) => [name, kind])).toEqual([
    ["0123456789ab_lake-db-1", "leftover"],
    ["lake-db-3", "surplus"],
  ]);
});

// From Compose 2.40.3: its labels on what `config --format json` printed so.
test("config-hash of networks and volumes", () => {
  expect(networkHash({ name: "sink_default", ipam: {} })).toBe(
    "ae9f3ea418dceb2c15ae54fda3462d28549f6c2405f22798bf59c13f4d024d15",
  );
  expect(
    networkHash({
      name: "sink_n2",
      driver_opts: { "com.docker.network.bridge.name": "br-x1" },
      ipam: { config: [{ subnet: "172.30.5.0/24" }] },
      labels: { nl: "<&>" },
    }),
  ).toBe("7c39bfc268578861f3a4bd3f4063841648c891f16e06d6e699886e472ce6caa7");
  expect(volumeHash({ name: "sink_data" })).toBe(
    "a482c8e8667ba8c02e5d81caa2f25205383a5e5221e1f7be897c14916153f26c",
  );
});

test("a label of 1.x is not computed, and nothing is said of it", () => {
  const facts = look(
    {},
    { networks: [{ ...network, labels: { ...labels, "com.docker.compose.network": "default" } }] },
  );

  expect(readFact(facts, projectNetworkStates())?.[0]?.status).toBe("unlabelled");
});

test("each image is looked at once, and one that the engine does not tell of stays unknown", async () => {
  const asked: string[] = [];
  const docker = {
    image: async (name: string) => {
      asked.push(name);
      if (name === "broken:1") throw new Error("no answer");
      return name === "gone:1" ? undefined : fakeImage(name);
    },
  };
  const images = await readImages(docker, ["a:1", "a:1", "gone:1", "broken:1"]);
  await readImages(docker, [fakeImage("a:1").id], images);

  expect(asked.sort()).toEqual(["a:1", "broken:1", "gone:1"]);
  expect([...images.keys()].sort()).toEqual(["a:1", "gone:1"]);
});

const prefixed = (more: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(more).map(([name, text]) => [`com.docker.compose.project.${name}`, text]),
  );

const realPath = async (path: string, from = "/lake") =>
  (path.startsWith("/") ? path : `${from}/${path}`.replace(/\/\.$/, "")).replace(/^\/link/, "/lake");

const container = (more: Readonly<Record<string, string>>) =>
  toContainerDetails({
    ...inspected,
    Config: { ...inspected.Config, Labels: { ...labels, ...prefixed(more) } },
  });

const here = { directory: "/lake", files: ["compose.yml"], envFiles: [] };

/** Of containers whose own directory is not on this machine any more. */
const gone = (more: Readonly<Record<string, string>>) =>
  madeFromOf([container(more)], here, { realPath, mayExist: async () => false }, (text) => text);

const madeFrom = (more: Readonly<Record<string, string>>) =>
  madeFromOf([container(more)], here, { realPath, mayExist: async () => true }, (text) => text);

describe("which files the containers were made from", () => {
  test.each([
    ["these", { config_files: "/lake/compose.yml", working_dir: "/lake" }],
    ["these, through a link", { config_files: "/link/compose.yml", working_dir: "/link" }],
    [
      "the default .env, named",
      { config_files: "/lake/compose.yml", working_dir: "/lake", environment_file: "/lake/.env" },
    ],
    ["no labels", {}],
  ])("%s", async (_name, made) => {
    expect(await madeFrom(made)).toEqual({ status: "these_files" });
  });

  describe("when their directory is not on this machine any more", () => {
    test("these, where files of the same names stand here", async () => {
      const made = { config_files: "/opt/lake/compose.yml", working_dir: "/opt/lake" };

      expect(await gone(made)).toEqual({ status: "these_files", movedFrom: "/opt/lake" });
    });

    test.each([
      ["files of other names", { config_files: "/opt/lake/other.yml", working_dir: "/opt/lake" }],
      ["one file more", { config_files: "/opt/lake/compose.yml,/opt/lake/b.yml", working_dir: "/opt/lake" }],
      ["a file outside of it", { config_files: "/etc/compose.yml", working_dir: "/opt/lake" }],
      [
        "another env file",
        {
          config_files: "/opt/lake/compose.yml",
          working_dir: "/opt/lake",
          environment_file: "/opt/lake/prod.env",
        },
      ],
    ])("others, where they were made from %s", async (_what, made) => {
      expect(await gone(made)).toMatchObject({ status: "other_files", directory: "/opt/lake" });
    });
  });

  test("a file that was added since is a change of these files", async () => {
    const more = { ...here, files: ["compose.yml", "compose.override.yml"] };
    const made = container({ config_files: "/lake/compose.yml", working_dir: "/lake" });

    expect(await madeFromOf([made], more, { realPath, mayExist: async () => true }, (text) => text)).toEqual({
      status: "these_files",
    });
  });

  test.each([
    [
      "another directory",
      { config_files: "/srv/compose.yml", working_dir: "/srv" },
      { directory: "/srv", files: ["/srv/compose.yml"] },
    ],
    [
      "one more file",
      { config_files: "/lake/compose.yml,/lake/x.yml", working_dir: "/lake" },
      { files: ["/lake/compose.yml", "/lake/x.yml"] },
    ],
    ["standard input", { config_files: "-", working_dir: "/lake" }, { files: ["-"] }],
    [
      "another env file",
      { config_files: "/lake/compose.yml", working_dir: "/lake", environment_file: "/lake/prod.env" },
      { envFiles: ["/lake/prod.env"] },
    ],
  ])("%s", async (_name, made, told) => {
    expect(await madeFrom(made)).toEqual({ status: "other_files", services: ["db"], ...told });
  });
});
