import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createComposeCli } from "../../src/adapters/compose/compose-cli.ts";
import { openDockerEngine } from "../../src/adapters/docker/dockerode-engine.ts";
import { nodeClock } from "../../src/adapters/node/node-clock.ts";
import { createNodeFiles } from "../../src/adapters/files/node-files.ts";
import { readFact, type Facts } from "../../src/core/fact.ts";
import {
  containerChanges,
  containerNetworksLacking,
  containerNotSeen,
  madeFrom,
  projectNetworkStates,
  projectVolumeStates,
  serviceImage,
  surplusContainers,
} from "../../src/targets/local/facts/local-facts.ts";
import { hasOldPorts } from "../../src/targets/local/health/healthy-facts.ts";
import { inspectLocal } from "../../src/targets/local/inspect/collect.ts";
import { createDeployment, type Deployment } from "../stack/deployment.ts";

let deployment: Deployment;

beforeAll(async () => {
  deployment = await createDeployment({ engine: "shared" });
});
afterAll(() => deployment[Symbol.asyncDispose]());

/** What is looked at, without asking DevLake itself. */
async function look(): Promise<Facts> {
  const environment = { ...process.env, ...deployment.env };
  const docker = await openDockerEngine({
    env: environment,
    home: "/nonexistent",
    platform: process.platform,
  });
  try {
    const inspection = await inspectLocal({
      directory: deployment.dir,
      environment: new Map(),
      ports: {
        docker,
        compose: createComposeCli(environment),
        files: createNodeFiles(deployment.dir),
        hostPorts: { listeners: async () => [] },
        http: { get: async () => ({ kind: "no_answer", error: "not asked" }) },
        clock: nodeClock,
      },
    });
    return inspection.facts;
  } finally {
    docker.close();
  }
}

const rich = `
services:
  plain:
    image: mysql:8
    command: sleep 1000
  sink:
    image: mysql:8
    command: ["sleep", "1000"]
    entrypoint: ["/bin/sh", "-c"]
    user: "0:0"
    working_dir: /tmp
    environment: { TZ: UTC, SECRET: "first$$value" }
    labels: { team: lake }
    cap_add: [NET_ADMIN]
    cap_drop: [MKNOD]
    security_opt: ["no-new-privileges:true"]
    devices: ["/dev/null:/dev/xnull"]
    group_add: ["1000"]
    ipc: shareable
    pid: host
    hostname: one
    domainname: example.org
    extra_hosts: ["foo:192.0.2.1"]
    dns: [192.0.2.53]
    dns_search: [example.org]
    dns_opt: ["ndots:1"]
    tmpfs: ["/run", "/scratch:size=64m"]
    volumes:
      - data:/data
      - ./host:/host:ro
      - /anonymous
    restart: on-failure:3
    healthcheck: { test: ["CMD", "true"], interval: 1m30s, timeout: 10s, retries: 3 }
    ulimits: { nofile: { soft: 1000, hard: 2000 } }
    sysctls: { net.core.somaxconn: 1024 }
    logging: { driver: json-file, options: { max-size: "10m" } }
    shm_size: 128m
    mem_limit: 512m
    memswap_limit: 900m
    mem_reservation: 256m
    cpus: 0.5
    cpu_shares: 512
    cpuset: "0"
    pids_limit: 100
    oom_score_adj: 100
    stop_signal: SIGINT
    stop_grace_period: 1m
    init: true
    tty: true
    expose: ["9999"]
    ports: ["127.0.0.1:18080:80"]
    mac_address: 02:42:ac:11:65:43
    annotations: { a: b }
    secrets: [token]
    networks:
      default: { aliases: [other-name] }
      back: { ipv4_address: 172.30.77.9 }
secrets:
  token: { file: ./token.txt }
volumes:
  data:
    labels: { kept: "yes" }
networks:
  back:
    labels: { note: "<a&b> $$ \\u00fc" }
    ipam: { config: [{ subnet: 172.30.77.0/24 }] }
`;

/** What is written in place of what, and the setting that differs then. */
const edits: readonly (readonly [before: string, after: string, setting: string])[] = [
  ['command: ["sleep", "1000"]', 'command: ["sleep", "1001"]', "command"],
  ['entrypoint: ["/bin/sh", "-c"]', 'entrypoint: ["/bin/bash", "-c"]', "entrypoint"],
  ['entrypoint: ["/bin/sh", "-c"]', "entrypoint: []", "entrypoint"],
  ['user: "0:0"', 'user: "1:1"', "user"],
  ["working_dir: /tmp", "working_dir: /var", "working_dir"],
  ["TZ: UTC", "TZ: GMT", "environment.TZ"],
  ["first$$value", "other$$value", "environment.SECRET"],
  ["TZ: UTC,", "", "environment.TZ"],
  ["TZ: UTC", "TZ: UTC, LD_PRELOAD: /x.so", "environment.LD_PRELOAD"],
  ["team: lake", "team: pond", "labels.team"],
  ["tty: true", "tty: true\n    privileged: true", "privileged"],
  ["tty: true", "tty: false", "tty"],
  ["tty: true", "tty: true\n    read_only: true", "read_only"],
  ["tty: true", "tty: true\n    stdin_open: true", "stdin_open"],
  ["init: true", "init: false", "init"],
  ["[NET_ADMIN]", "[NET_ADMIN, SYS_TIME]", "cap_add"],
  ["[MKNOD]", "[]", "cap_drop"],
  ["no-new-privileges:true", "seccomp:unconfined", "security_opt"],
  ["/dev/null:/dev/xnull", "/dev/zero:/dev/xnull", "devices./dev/xnull"],
  ['group_add: ["1000"]', 'group_add: ["1001"]', "group_add"],
  ["ipc: shareable", "ipc: host", "ipc"],
  ["ipc: shareable", "ipc: service:plain", "ipc"],
  ["pid: host", "", "pid"],
  ["hostname: one", "hostname: two", "hostname"],
  ["domainname: example.org", "", "domainname"],
  ["foo:192.0.2.1", "foo:192.0.2.2", "extra_hosts"],
  ["192.0.2.53", "192.0.2.54", "dns"],
  ["dns_search: [example.org]", "dns_search: [example.com]", "dns_search"],
  ["ndots:1", "ndots:2", "dns_opt"],
  ["size=64m", "size=65m", "tmpfs./scratch"],
  ["data:/data", "data:/data:ro", "volumes./data"],
  ["- data:/data", "- ./host:/data", "volumes./data"],
  ["      - data:/data\n", "", "volumes./data"],
  ["./host:/host:ro", "./elsewhere:/host:ro", "volumes./host"],
  ["on-failure:3", "always", "restart"],
  ['["CMD", "true"]', '["CMD", "false"]', "healthcheck.test"],
  ["interval: 1m30s", "interval: 5s", "healthcheck.interval"],
  ["soft: 1000", "soft: 1001", "ulimits.nofile"],
  ["somaxconn: 1024", "somaxconn: 1025", "sysctls.net.core.somaxconn"],
  ['max-size: "10m"', 'max-size: "11m"', "logging.max-size"],
  ["shm_size: 128m", "shm_size: 129m", "shm_size"],
  ["mem_limit: 512m", "mem_limit: 513m", "mem_limit"],
  ["memswap_limit: 900m", "memswap_limit: 901m", "memswap_limit"],
  ["mem_reservation: 256m", "mem_reservation: 255m", "mem_reservation"],
  ["cpus: 0.5", "cpus: 0.25", "cpus"],
  ["cpu_shares: 512", "cpu_shares: 513", "cpu_shares"],
  ['cpuset: "0"', 'cpuset: "0-1"', "cpuset"],
  ["pids_limit: 100", "pids_limit: 101", "pids_limit"],
  ["oom_score_adj: 100", "oom_score_adj: 101", "oom_score_adj"],
  ["stop_signal: SIGINT", "stop_signal: SIGQUIT", "stop_signal"],
  ["stop_grace_period: 1m", "stop_grace_period: 2m", "stop_grace_period"],
  ['expose: ["9999"]', 'expose: ["9998"]', "expose"],
  ['["127.0.0.1:18080:80"]', '["127.0.0.1:18080:80", "81"]', "ports.81/tcp"],
  ["02:42:ac:11:65:43", "02:42:ac:11:65:44", "mac_address"],
  ["annotations: { a: b }", "annotations: { a: c }", "annotations.a"],
  ["./token.txt", "./other.txt", "secrets./run/secrets/token"],
  ["[other-name]", "[another-name]", "networks.default.aliases"],
  ["172.30.77.9", "172.30.77.8", "networks.back.ipv4_address"],
  ["      back: { ipv4_address: 172.30.77.9 }\n", "", "networks.back"],
  ["tty: true", "tty: true\n    network_mode: host", "network_mode"],
  ["tty: true", "tty: true\n    userns_mode: host", "userns_mode"],
  ["tty: true", "tty: true\n    container_name: mine", "container_name"],
  ["tty: true", 'tty: true\n    volumes_from: ["plain"]', "volumes_from"],
  ["tty: true", 'tty: true\n    links: ["plain:p"]', "links"],
  ["tty: true", "tty: true\n    uts: host", "uts"],
  ["tty: true", "tty: true\n    cgroup_parent: /x", "cgroup_parent"],
  ["tty: true", 'tty: true\n    device_cgroup_rules: ["c 1:3 mr"]', "device_cgroup_rules"],
  ["tty: true", "tty: true\n    platform: linux/s390x", "platform"],
  ["tty: true", "tty: true\n    gpus: all", "gpus"],
];

const compose = (): string => join(deployment.dir, "docker-compose.yml");

/** What Compose would not take together with the rest of the file. */
const without: Readonly<Record<string, (text: string) => string>> = {
  network_mode: (text) => withoutNetworks(text).replace(/^ {4}mac_address.*\n/m, ""),
  uts: (text) => text.replace(/^ {4}(?:hostname|domainname):.*\n/gm, ""),
};

function withoutNetworks(text: string): string {
  return text.replace(/^ {4}networks:\n(?: {6}.*\n)+/m, "");
}

describe("what a container differs in", () => {
  beforeAll(async () => {
    await writeFile(compose(), rich);
    await mkdir(join(deployment.dir, "host"));
    for (const name of ["token.txt", "other.txt"])
      await writeFile(join(deployment.dir, name), "t0ken-of-the-file");
    await deployment.compose("create", "--pull", "never");
  });

  test("nothing, right after Compose made it", async () => {
    const facts = await look();

    for (const service of ["plain", "sink"]) {
      expect([service, readFact(facts, containerChanges(service))]).toEqual([service, []]);
      expect(readFact(facts, containerNotSeen(service))).toBeUndefined();
      expect(hasOldPorts(facts, service)).toBe(false);
      expect(readFact(facts, containerNetworksLacking(service))).toBeUndefined();
      expect(readFact(facts, serviceImage(service))).toMatchObject({ present: true, moved: false });
    }
    expect(readFact(facts, madeFrom())).toEqual({ status: "these_files" });
    expect(readFact(facts, surplusContainers())).toEqual([]);
    for (const kind of [projectNetworkStates, projectVolumeStates]) {
      // 2.26 writes no hash, later ones do.
      const states = readFact(facts, kind())?.map(({ status }) => status) ?? [];
      expect(["same", "unlabelled"]).toContain(states[0]);
      expect(new Set(states).size).toBe(1);
    }
  });

  test.each(edits)("%s -> %s: %s", async (before, after, setting) => {
    const text = (without[setting] ?? ((same: string) => same))(rich.replace(before, () => after));
    await writeFile(compose(), text);

    const facts = await look();

    expect(text).not.toBe(rich);
    const changes = readFact(facts, containerChanges("sink")) ?? [];
    expect(changes.map((change) => change.setting)).toContain(setting);
    // Nothing but what was edited, and what goes with it.
    if (without[setting] === undefined && setting !== "entrypoint") {
      const others = changes.filter((change) => !change.setting.startsWith(setting));
      expect(others).toEqual([]);
    }
    expect(JSON.stringify(changes)).not.toMatch(/first.value|other.value|t0ken-of/);
    expect(readFact(facts, containerChanges("plain"))).toEqual([]);
  });

  test.each([
    ["host address", "127.0.0.1:18080:80", "18080:80"],
    ["host port", "127.0.0.1:18080:80", "127.0.0.1:18081:80"],
    ["protocol", "127.0.0.1:18080:80", "127.0.0.1:18080:80/udp"],
    ["container port", "127.0.0.1:18080:80", "127.0.0.1:18080:81"],
  ])("a published port: %s", async (_name, before, after) => {
    await writeFile(compose(), rich.replace(before, after));

    const facts = await look();

    expect(hasOldPorts(facts, "sink")).toBe(true);
    expect(readFact(facts, containerChanges("sink"))).toEqual([]);
  });

  test("what no rule can read or see is said", async () => {
    await writeFile(compose(), rich.replace("tty: true", "tty: true\n    isolation: default"));
    const known = await look();
    await writeFile(compose(), rich.replace('"no-new-privileges:true"', '"seccomp:./profile.json"'));
    const facts = await look();

    expect(readFact(known, containerNotSeen("sink"))).toBeUndefined();
    expect(readFact(facts, containerNotSeen("sink"))).toEqual(["security_opt"]);
  });

  test("another image under the name, another name, and none", async () => {
    await deployment.docker("tag", "devlake.docker.scarf.sh/apache/devlake:v1.0.2", "mine:1");
    await writeFile(compose(), rich.replaceAll("image: mysql:8", "image: mine:1"));
    const renamed = await look();
    await writeFile(compose(), rich.replaceAll("image: mysql:8", "image: absent:1"));
    const absent = await look();
    await deployment.docker("rmi", "mine:1");

    expect(readFact(renamed, serviceImage("sink"))).toMatchObject({
      present: true,
      moved: true,
      running: "mysql:8",
    });
    expect(readFact(renamed, containerChanges("sink"))).toContainEqual(
      expect.objectContaining({ setting: "image", container: "mysql:8", files: "mine:1" }),
    );
    expect(readFact(absent, serviceImage("sink"))).toMatchObject({ wanted: "absent:1", present: false });
    expect(readFact(absent, containerChanges("sink"))?.map(({ setting }) => setting)).toEqual(["image"]);
  });

  test("networks and volumes with other settings, of another name, and of somebody else", async () => {
    const name = deployment.project;
    await writeFile(compose(), rich.replace('kept: "yes"', 'kept: "no"').replace("<a&b>", "<b&a>"));
    const edited = await look();
    await writeFile(compose(), rich.replace("  data:\n", "  data:\n    name: renamed\n"));
    const renamed = await look();

    const isLabelled = readFact(edited, projectNetworkStates())?.[0]?.status !== "unlabelled";
    expect(readFact(edited, projectNetworkStates())).toContainEqual({
      name: `${name}_back`,
      services: ["sink"],
      status: isLabelled ? "differs" : "unlabelled",
    });
    expect(readFact(edited, projectVolumeStates())).toEqual([
      { name: `${name}_data`, services: ["sink"], status: isLabelled ? "differs" : "unlabelled" },
    ]);
    expect(readFact(renamed, projectVolumeStates())).toEqual([
      { name: "renamed", services: ["sink"], status: "renamed" },
    ]);
    expect(readFact(renamed, containerChanges("sink"))?.map(({ setting }) => setting)).toEqual([
      "volumes./data",
    ]);
  });

  test("more containers than wanted, one-offs, and other files", async () => {
    await writeFile(compose(), rich);
    await deployment.compose("up", "-d", "--no-recreate", "--scale", "plain=3", "plain");
    await deployment.compose("run", "-d", "--name", `${deployment.project}-once`, "plain", "sleep", "1");
    const facts = await look();
    await writeFile(join(deployment.dir, "more.yml"), "services: { plain: { labels: { a: b } } }\n");
    await deployment.exec("docker", [
      "compose",
      "-f",
      "docker-compose.yml",
      "-f",
      "more.yml",
      "up",
      "-d",
      "--force-recreate",
      "plain",
    ]);
    const others = await look();

    const { project } = deployment;
    expect(readFact(facts, surplusContainers())).toEqual([
      { name: `${project}-once`, service: "plain", state: expect.any(String), kind: "one_off" },
      { name: `${project}-plain-2`, service: "plain", state: "running", kind: "surplus" },
      { name: `${project}-plain-3`, service: "plain", state: "running", kind: "surplus" },
    ]);
    expect(readFact(others, madeFrom())).toEqual({
      status: "other_files",
      services: ["plain"],
      files: [compose(), join(deployment.dir, "more.yml")],
    });
    expect(readFact(others, containerChanges("plain"))).toEqual([
      { setting: "labels.a", how: "only_container", container: "b" },
    ]);
  });

  test("a network that a container lacks", async () => {
    await writeFile(compose(), rich);
    const { project } = deployment;
    await deployment.docker("network", "disconnect", `${project}_back`, `${project}-sink-1`);
    const facts = await look();
    const [lacking] = readFact(facts, containerNetworksLacking("sink")) ?? [];
    const aliases = (lacking?.aliases ?? []).flatMap((alias) => ["--alias", alias]);
    await deployment.docker(
      "network",
      "connect",
      ...aliases,
      "--ip",
      lacking?.ipv4 ?? "",
      lacking?.id ?? "",
      `${project}-sink-1`,
    );
    const again = await look();

    expect(lacking).toMatchObject({ network: `${project}_back`, ipv4: "172.30.77.9" });
    expect(readFact(facts, containerChanges("sink"))?.[0]?.setting).toBe("networks.back");
    expect(readFact(again, containerNetworksLacking("sink"))).toBeUndefined();
    expect(readFact(again, containerChanges("sink"))).toEqual([]);
  });
});
