import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineRefusal } from "../../src/targets/local/causes/engine-refusal.ts";
import { portErrorOf } from "../../src/targets/local/causes/port-error.ts";
import { openDockerEngine, type DockerEngine } from "../../src/adapters/docker/dockerode-engine.ts";

const unique = `gdr-${randomBytes(4).toString("hex")}`;
const image = `${unique}:test`;
const temporary = mkdtempSync(join(tmpdir(), `${unique}-`));
/** The container borrows the host's programs, so the image can be empty and no registry is needed. */
const hostPrograms = ["/bin", "/lib", "/lib64", "/usr"].flatMap((path) => ["-v", `${path}:${path}:ro`]);

function docker(...args: readonly string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function open(env: Readonly<Record<string, string | undefined>> = {}): Promise<DockerEngine> {
  return openDockerEngine({
    env: { PATH: process.env["PATH"], ...env },
    home: homedir(),
    platform: process.platform,
  });
}

beforeAll(() => {
  execFileSync("docker", ["import", "-", image], {
    input: Buffer.alloc(1024),
    stdio: ["pipe", "ignore", "inherit"],
  });
});

afterAll(() => {
  const containers = docker("ps", "-aq", "--filter", `label=${unique}`).split("\n").filter(Boolean);
  if (containers.length > 0) docker("rm", "-f", "-v", ...containers);
  const networks = docker("network", "ls", "-q", "--filter", `label=${unique}`).split("\n").filter(Boolean);
  if (networks.length > 0) docker("network", "rm", ...networks);
  spawnSync("docker", ["volume", "rm", `${unique}-data`]);
  docker("rmi", "-f", image);
  rmSync(temporary, { recursive: true });
});

function run(name: string, flags: readonly string[], ...command: readonly string[]): string {
  return docker("run", "-d", "--name", name, "--label", unique, ...hostPrograms, ...flags, image, ...command);
}

describe("status", () => {
  test("says what `docker version` and `docker info` say", async () => {
    const engine = await open();

    const status = await engine.status();

    const [version, apiVersion, os, arch] = docker(
      "version",
      "--format",
      "{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}} {{.Server.Arch}}",
    ).split(" ");
    const id = docker("info", "--format", "{{.ID}}");
    expect(status).toMatchObject({
      kind: "reachable",
      id,
      version,
      apiVersion: expect.any(String),
      os,
      arch,
      time: expect.any(Date),
    });
    expect(apiVersion).toBeDefined();
    expect(engine.endpoint).toEqual({ address: "unix:///var/run/docker.sock", source: "default socket" });
    engine.close();
  });
});

describe("containers, networks, volumes, logs", () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  test("lists running, stopped and never started containers with labels and ports", async () => {
    const running = run(`${unique}-up`, ["-p", "127.0.0.1::80", "-p", "127.0.0.1::53/udp"], "sleep", "600");
    const failed = run(`${unique}-failed`, ["-e", "SOME=value"], "sh", "-c", "exit 3");
    docker("wait", failed);
    docker("create", "--name", `${unique}-new`, "--label", unique, image, "sleep", "1");
    const tcp = Number(docker("port", running, "80/tcp").split(":")[1]);
    const udp = Number(docker("port", running, "53/udp").split(":")[1]);

    const ours = (await engine.containers()).filter(({ labels }) => unique in labels);
    const details = await engine.inspect(failed);

    const byName = new Map(ours.map((container) => [container.name, container]));
    expect([...byName].map(([name, { state }]) => [name, state])).toEqual(
      expect.arrayContaining([
        [`${unique}-failed`, "exited"],
        [`${unique}-new`, "created"],
        [`${unique}-up`, "running"],
      ]),
    );
    const ports = [
      { published: tcp, protocol: "tcp" },
      { published: udp, protocol: "udp" },
    ];
    expect(byName.get(`${unique}-up`)).toMatchObject({ id: running, image });
    expect(byName.get(`${unique}-up`)?.publishedPorts).toEqual(expect.arrayContaining(ports));
    expect((await engine.inspect(running)).publishedPorts).toEqual(expect.arrayContaining(ports));
    expect(details).toMatchObject({
      id: failed,
      name: `${unique}-failed`,
      exitCode: 3,
      oomKilled: false,
      restarts: 0,
      error: "",
      health: undefined,
    });
    expect(details.env).toContain("SOME=value");
    expect(details.networks).toEqual([
      { name: "bridge", id: docker("network", "inspect", "-f", "{{.Id}}", "bridge"), aliases: [] },
    ]);
  });

  test("tells why a container could not start, and its health", async () => {
    const holder = run(`${unique}-holder`, ["-p", "127.0.0.1::80"], "sleep", "600");
    const port = docker("port", holder, "80/tcp").split(":")[1];
    const refused = spawnSync("docker", [
      "run",
      "-d",
      "--name",
      `${unique}-refused`,
      "--label",
      unique,
      "-p",
      `127.0.0.1:${port}:80`,
      ...hostPrograms,
      image,
      "sleep",
      "600",
    ]);
    const healthy = run(
      `${unique}-health`,
      ["--health-cmd", "true", "--health-interval", "1s"],
      "sleep",
      "600",
    );

    expect(refused.status).not.toBe(0);
    expect(await engine.inspect(`${unique}-refused`)).toMatchObject({
      state: "created",
      exitCode: 128,
      error: expect.stringContaining("port is already allocated"),
    });
    await expect
      .poll(async () => (await engine.inspect(healthy)).health, { timeout: 20_000 })
      .toBe("healthy");
  });

  test("logs: both streams in order, a terminal's raw stream, only the last lines", async () => {
    const script = "i=0; while [ $i -lt 5 ]; do echo out $i; echo é$i >&2; i=$((i+1)); done; printf end";
    const both = run(`${unique}-both`, [], "sh", "-c", script);
    const terminal = run(`${unique}-tty`, ["-t"], "sh", "-c", 'echo "{\\"level\\": \\"info\\"}"');
    const json = run(`${unique}-tty2`, ["-t"], "sh", "-c", "echo one; echo two");
    docker("wait", both, terminal, json);

    const all = await engine.logs(both, 100);

    expect(all.filter((line) => line.startsWith("out"))).toEqual([0, 1, 2, 3, 4].map((n) => `out ${n}`));
    expect(all.filter((line) => line.startsWith("é"))).toEqual([0, 1, 2, 3, 4].map((n) => `é${n}`));
    expect(all).toContain("end");
    expect(await engine.logs(both, 3)).toHaveLength(3);
    expect((await engine.logs(terminal, 10)).map((line) => JSON.parse(line))).toEqual([{ level: "info" }]);
    expect(await engine.logs(json, 10)).toEqual(["one", "two"]);
  });

  test("counts the containers of a network, running or not", async () => {
    const id = docker("network", "create", "--label", unique, `${unique}-net`);
    const running = run(`${unique}-on-net`, ["--network", `${unique}-net`], "sleep", "600");
    docker(
      "create",
      "--name",
      `${unique}-never`,
      "--label",
      unique,
      "--network",
      `${unique}-net`,
      image,
      "x",
    );

    const listed = (await engine.networks()).find((network) => network.id === id);

    expect(listed).toMatchObject({ id, name: `${unique}-net`, labels: { [unique]: "" }, containers: 2 });
    docker("rm", "-f", running, `${unique}-never`);
    docker("network", "rm", id);
  });

  test("removes a stopped container with its volume kept, twice, and never a running one", async () => {
    const volume = docker("volume", "create", "--label", "purpose=kept", `${unique}-data`);
    const stopped = run(`${unique}-stopped`, ["-v", `${volume}:/data`, "-v", "/anonymous"], "true");
    const running = run(`${unique}-running`, [], "sleep", "600");
    docker("wait", stopped);
    const anonymous = docker(
      "inspect",
      "-f",
      '{{range .Mounts}}{{if eq .Destination "/anonymous"}}{{.Name}}{{end}}{{end}}',
      stopped,
    );

    await engine.removeContainer(stopped);
    await engine.removeContainer(stopped);
    const refusal = engine.removeContainer(running);

    await expect(refusal).rejects.toMatchObject({
      name: "RepairError",
      code: "plan_stale",
      message: expect.stringContaining("is running"),
    });
    expect((await engine.inspect(running)).state).toBe("running");
    const after = await engine.volumes();
    expect(after).toContainEqual({ name: volume, labels: { purpose: "kept" } });
    expect(after.map(({ name }) => name)).toContain(anonymous);
    docker("volume", "rm", anonymous);
  });

  test("starts a container as it is, and one that runs already without a word", async () => {
    const id = docker(
      "create",
      "--name",
      `${unique}-start`,
      "--label",
      unique,
      ...hostPrograms,
      image,
      "sleep",
      "600",
    );

    await engine.startContainer(id);
    const started = await engine.inspect(id);
    await engine.startContainer(id);

    expect(started.state).toBe("running");
    expect((await engine.inspect(id)).startedAt).toEqual(started.startedAt);
    await expect(engine.startContainer(`${unique}-gone`)).rejects.toMatchObject({
      failure: "not_found",
      said: `No such container: ${unique}-gone`,
    });
  });

  test("says in the Engine's words why a start failed", async () => {
    const holder = run(`${unique}-holds`, ["-p", "127.0.0.1::80"], "sleep", "600");
    const port = docker("port", holder, "80/tcp").split(":")[1] ?? "";
    const flags = ["--label", unique, "-p", `127.0.0.1:${port}:80`, ...hostPrograms];
    const id = docker("create", "--name", `${unique}-taken`, ...flags, image, "sleep", "600");

    const error: unknown = await engine.startContainer(id).catch((thrown: unknown) => thrown);

    expect(engineRefusal(error)).toMatch(/^(?:driver failed|failed to set up container networking)/);
    expect(portErrorOf(engineRefusal(error))).toMatchObject({ port: Number(port) });
    expect((await engine.inspect(id)).state).toBe("created");
  });

  test("a start that is aborted or out of time ends at once, and may have happened", async () => {
    const id = docker(
      "create",
      "--name",
      `${unique}-late`,
      "--label",
      unique,
      ...hostPrograms,
      image,
      "sleep",
      "600",
    );
    const { signal } = new AbortController();

    const late = engine.startContainer(id, { signal, timeoutMs: 1 });
    await expect(late).rejects.toMatchObject({ failure: "timed_out" });
    const aborted = engine.startContainer(id, {
      signal: AbortSignal.abort(new Error("stop")),
      timeoutMs: 60_000,
    });
    await expect(aborted).rejects.toThrow("stop");
  });

  test.each(["running", "stopped"])(
    "connects a %s container by alias and fixed address, and takes it off again",
    async (how) => {
      const subnet = how === "running" ? "10.213.1" : "10.213.2";
      const label = ["--label", unique];
      const net = docker("network", "create", ...label, "--subnet", `${subnet}.0/24`, `${unique}-${how}`);
      const asker = run(`${unique}-asker-${how}`, ["--network", net], "sleep", "600");
      const other = docker("network", "create", ...label, `${unique}-other-${how}`);
      const named = run(`${unique}-named-${how}`, ["--network", other], "sleep", "600");
      const lookUp = () =>
        spawnSync("docker", ["exec", asker, "getent", "hosts", "lake-db"], { encoding: "utf8" }).stdout;
      if (how === "stopped") docker("stop", "-t", "0", named);

      await engine.connectNetwork(net, named, { aliases: ["lake-db"], ipv4: `${subnet}.10` });
      if (how === "stopped") await engine.startContainer(named);

      expect(lookUp()).toMatch(new RegExp(`^${subnet.replaceAll(".", "\\.")}\\.10\\s+lake-db`));
      const { networks } = await engine.inspect(named);
      expect(networks.map(({ name }) => name)).toEqual(
        expect.arrayContaining([`${unique}-${how}`, `${unique}-other-${how}`]),
      );
      await engine.disconnectNetwork(net, named);
      expect((await engine.inspect(named)).networks.map(({ id }) => id)).toEqual([other]);
      expect(lookUp()).toBe("");
      await expect(engine.connectNetwork("nosuch", named, { aliases: [] })).rejects.toMatchObject({
        failure: "not_found",
        said: "network nosuch not found",
      });
      const taken = engine.connectNetwork(net, named, {
        aliases: [],
        ipv4: docker(
          "inspect",
          "-f",
          `{{(index .NetworkSettings.Networks "${unique}-${how}").IPAddress}}`,
          asker,
        ),
      });
      await expect(taken).rejects.toMatchObject({ said: expect.stringMatching(/already in use/i) });
      docker("rm", "-f", asker, named);
    },
  );

  test("a container that is gone is `not_found`", async () => {
    await expect(engine.inspect(`${unique}-gone`)).rejects.toMatchObject({ failure: "not_found" });
    await expect(engine.logs(`${unique}-gone`, 5)).rejects.toMatchObject({ failure: "not_found" });
  });
});

describe("the same Engine through ssh", () => {
  const bin = join(temporary, "bin");
  const calls = join(temporary, "ssh-calls");
  beforeAll(() => {
    mkdirSync(bin);
    // Stands for sshd and the other machine's shell: notes its arguments, then runs the remote command.
    writeFileSync(
      join(bin, "ssh"),
      `#!/bin/sh\necho "$*" >> ${calls}\nunset DOCKER_HOST\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nexec "$@"\n`,
    );
    chmodSync(join(bin, "ssh"), 0o755);
  });

  test("a context with an ssh host", async () => {
    const config = join(temporary, "ssh-config");
    const env = { DOCKER_CONFIG: config, PATH: `${bin}:${process.env["PATH"]}` };
    const host = "host=ssh://me@box:2222/var/run/docker.sock";
    execFileSync("docker", ["context", "create", "far", "--docker", host], {
      env: { ...process.env, ...env },
    });
    const engine = await open({ ...env, DOCKER_CONTEXT: "far" });

    const status = await engine.status();
    const containers = await engine.containers();
    engine.close();

    expect(status).toMatchObject({ kind: "reachable", id: docker("info", "--format", "{{.ID}}") });
    expect(containers.length).toBeGreaterThan(0);
    const said = readFileSync(calls, "utf8").trim().split("\n");
    // The connections of status are used again for containers.
    expect(said.length).toBeLessThanOrEqual(2);
    expect(new Set(said)).toEqual(
      new Set([
        "-o ConnectTimeout=15 -T -l me -p 2222 -- box docker --host unix:///var/run/docker.sock system dial-stdio",
      ]),
    );
  });
});

describe("the same answer as the docker CLI", () => {
  const config = join(temporary, "config");
  const cli = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    execFileSync("docker", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: temporary, DOCKER_CONFIG: config, ...env },
    }).trim();
  beforeAll(() => {
    cli({}, "context", "create", "colima", "--docker", "host=unix:///home/me/.colima/docker.sock");
    cli({}, "context", "create", "far", "--docker", "host=ssh://me@box:2222");
    cli({}, "context", "create", "tcp", "--docker", "host=tcp://10.0.0.1:2375");
  });

  const environments: readonly Readonly<Record<string, string>>[] = [
    {},
    { DOCKER_CONTEXT: "colima" },
    { DOCKER_CONTEXT: "far" },
    { DOCKER_CONTEXT: "default" },
    { DOCKER_HOST: "tcp://10.0.0.2:2375" },
    { DOCKER_HOST: "unix:///tmp/x.sock", DOCKER_CONTEXT: "far" },
    { DOCKER_HOST: "", DOCKER_CONTEXT: "" },
  ];
  describe.each(["", "colima", "tcp", "default"])("current context %j", (current) => {
    test.each(environments)("%j", async (env) => {
      if (current !== "") cli({}, "context", "use", current);
      const shown = cli(env, "context", "show");
      const host = cli(env, "context", "inspect", shown, "--format", "{{.Endpoints.docker.Host}}");

      const engine = await open({ DOCKER_CONFIG: config, ...env });

      expect([engine.endpoint.context ?? "default", engine.endpoint.address]).toEqual([shown, host]);
    });
  });
});
