import { createDecipheriv, createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { type Deployment, type Service, createDeployment, testSecret } from "./deployment.ts";
import { removeLeftOvers } from "./left-overs.ts";
import { holdPort } from "./port-holder.ts";
import { runCommand } from "./run-command.ts";
import { waitUntil } from "./wait-until.ts";

/** The check that DevLake's documents give, written anew: nothing shared with the stand-in. */
function decrypt(secret: string, stored: string): string {
  const key = createHash("sha256").update(secret).digest();
  const decipher = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16));
  return Buffer.concat([decipher.update(stored, "base64"), decipher.final()]).toString();
}

async function untilExited(d: Deployment, service: Service, exitCode: number): Promise<void> {
  await waitUntil(`${service} ended with ${exitCode}`, async () => {
    const state = await d.state(service);
    return state?.ExitCode === exitCode && state.Status !== "running";
  });
}

async function changeEnvFile(d: Deployment, change: (text: string) => string): Promise<void> {
  const file = join(d.dir, ".env");
  await writeFile(file, change(await readFile(file, "utf8")));
}

async function sweep(): Promise<void> {
  await removeLeftOvers((...args) => runCommand("docker", args));
}

test("comes up ready in well under a minute", async () => {
  await using d = await createDeployment();
  const started = performance.now();

  await d.up();
  await d.waitReady();

  const seconds = (performance.now() - started) / 1000;
  console.log(`compose up to ready: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(30);
  expect(await d.get("grafana", "/api/health")).toMatchObject({ status: 301 });
  expect(await d.get("config-ui", "/grafana/api/health")).toMatchObject({ status: 200 });
  expect(await d.get("config-ui", "/anything")).toMatchObject({ status: 200 });
  expect(await d.get("devlake", "/nope")).toEqual({ status: 404, body: "404 page not found" });
});

test.each(["own", "shared"] as const)("nothing is left of a deployment on the %s engine", async (engine) => {
  let project: string;
  {
    await using d = await createDeployment({ engine });
    project = d.project;
    // Not started: on the shared engine DevLake's ports may be another's.
    await d.compose("create");
    await d.foreignContainer({ port: 18_085 });
    await d.holdPort(18_086);
    const names = await d.docker("ps", "-a", "--format", "{{.Names}}");
    expect(names.stdout.split("\n").filter((name) => name.startsWith(project))).toHaveLength(5);
    expect(existsSync(d.dir)).toBe(true);

    // As a test may leave it: the clean-up does not need these files.
    await writeFile(join(d.dir, "docker-compose.yml"), "services: [");
  }

  const listed = await Promise.all([
    runCommand("docker", ["ps", "-a", "--format", "{{.Names}}"]),
    runCommand("docker", ["volume", "ls", "--format", "{{.Name}}"]),
    runCommand("docker", ["network", "ls", "--format", "{{.Name}}"]),
    runCommand("ip", ["netns", "list"]),
    runCommand("ps", ["-eo", "args"]),
    runCommand("ls", [tmpdir(), "/var/tmp/gh-devlake-stack/engines"]),
  ]);
  expect(listed.map((result) => result.stdout).join("\n")).not.toContain(project);
  await using free = await holdPort(18_086);
  expect(free.pid).toBeGreaterThan(0);
});

test("what a killed test process left is removed by the next one", async () => {
  const owner = execa("sleep", ["infinity"], { reject: false });
  const project = `gh-devlake-test-${owner.pid}-abcdef`;
  const dir = join(tmpdir(), project);
  await mkdir(dir);
  await writeFile(join(dir, "docker-compose.yml"), "services: { web: { image: mysql:8 } }\n");
  expect((await runCommand("docker", ["compose", "create"], { cwd: dir })).exitCode).toBe(0);

  const left = async () =>
    (await runCommand("docker", ["ps", "-a", "--format", "{{.Names}}"])).stdout.includes(project);
  await sweep();
  expect(await left()).toBe(true);
  owner.kill("SIGKILL");
  await owner;
  await sweep();

  expect(await left()).toBe(false);
  expect(existsSync(dir)).toBe(false);
});

test("a missing secret ends the backend with 2 before it asks the database", async () => {
  await using d = await createDeployment({ secret: "" });

  await d.up();
  await untilExited(d, "devlake", 2);

  const logs = await d.logs("devlake");
  expect(logs).toContain(
    "panic: ENCRYPTION_SECRET must be set in environment variable or .env file\n\ngoroutine 1 [running]:\nmain.main()",
  );
  expect(logs).toContain("Version:  v1.0.2@");
  expect(logs).not.toContain("failed to initialize database");
});

test("columns are encrypted as DevLake does it, and another secret ends the backend", async () => {
  await using d = await createDeployment({ seed: true });

  const known = await d.compose(
    "exec",
    "-T",
    "devlake",
    "python3",
    "-c",
    `from lake import secret; print(secret.encrypt("${testSecret}", "ghp_test"))`,
  );
  expect(known.stdout).toBe("kOFP+XBIjnkwwMKxsZm+cg==");
  const [row] = await d.sql("SELECT name, token FROM _tool_github_connections WHERE id = 1");
  expect(decrypt(testSecret, row?.[1] ?? "")).toBe("ghp_seededTokenOfOctoOrg0000000000000000{nddtf}");
  expect(await d.get("devlake", "/health")).toMatchObject({ status: 200 });

  await changeEnvFile(d, (text) => text.replace(testSecret, "ANOTHERSECRET"));
  await d.up("-t", "1");
  await untilExited(d, "devlake", 2);
  expect(await d.logs("devlake")).toMatch(/level=info msg=".*invalid encryptionSecret.*_devlake_blueprints/);
  expect(await d.logs("devlake")).toMatch(/^ {2}\| Error types: .* \(500\)$/m);

  // The database as it was: the old secret heals it, and without a schedule any secret starts.
  await d.sql("UPDATE _devlake_blueprints SET enable = false");
  await d.waitReady();
  expect(await d.get("devlake", "/plugins/github/connections")).toMatchObject({
    status: 500,
    body: expect.stringMatching(/^\[\{.*"token":"".*\]$/),
  });
  expect(await d.get("devlake", "/health")).toMatchObject({ status: 500 });
  expect(await d.get("devlake", "/projects")).toEqual({ status: 500, body: "" });
  expect(await d.get("devlake", "/blueprints")).toEqual({ status: 500, body: "" });
  await changeEnvFile(d, (text) => text.replace("ANOTHERSECRET", testSecret));
  await d.up("-t", "1");
  await d.waitReady();
  expect(await d.get("devlake", "/plugins/github/connections")).toMatchObject({ status: 200 });
  expect(await d.sql("SELECT count(*) FROM commits")).toEqual([["100"]]);
});

test("an upgrade waits at the gate, and a failed migration stays stuck until a restart", async () => {
  await using d = await createDeployment({ seed: true });
  await d.sql("DELETE FROM _devlake_migration_history WHERE script_name IN ('addStore', 'addDomainTables')");
  const gate = async () =>
    waitUntil("the gate is shut", async () => (await d.get("devlake", "/ready")).status === 503);

  await changeEnvFile(d, (text) => `${text}STANDIN_FAILING_SCRIPT=addDomainTables\n`);
  await d.up("-t", "1");
  await gate();

  expect((await d.get("devlake", "/ready")).body).toContain(
    "service is not ready: waiting for migration confirmation (503)",
  );
  expect(await d.get("devlake", "/ping")).toEqual({ status: 200, body: "" });
  expect(await d.get("devlake", "/health")).toMatchObject({
    status: 200,
    body: expect.stringContaining('"maybe"'),
  });
  const refused = await d.get("config-ui", "/api/nope");
  expect(refused.status).toBe(428);
  expect(refused.body).toContain("\\u003cconfig-ui-endpoint\\u003e/api/proceed-db-migration");

  expect(await d.get("devlake", "/proceed-db-migration")).toEqual({ status: 500, body: "" });
  expect(await d.logs("devlake")).toMatch(
    /failed to execute migration\\n\\tcaused by: attached stack trace.*Error 1060 \(42S21\): Duplicate column name 'name'/,
  );
  expect((await d.get("devlake", "/ready")).body).toContain("service is not ready: migrating (503)");
  expect(await d.get("devlake", "/proceed-db-migration")).toEqual({ status: 500, body: "" });

  await changeEnvFile(d, (text) => text.replace(/^STANDIN_.*$/m, ""));
  await d.up("-t", "1");
  await gate();
  expect(await d.get("devlake", "/proceed-db-migration")).toMatchObject({ status: 200 });
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
});

test("the database refuses, is away, is locked, and comes back", async () => {
  await using d = await createDeployment({ seed: true });
  const second = ["compose", "run", "--rm", "-T", "--no-deps"];

  const waiting = async () => {
    const { stdout: id } = await d.compose("run", "-d", "-T", "--no-deps", "devlake");
    const status = async () => (await d.docker("inspect", "--format", "{{.State.Status}}", id)).stdout;
    const started = performance.now();
    await waitUntil("the second backend gave up", async () => (await status()) === "exited");
    const { stderr } = await d.docker("logs", id);
    const exitCode = Number((await d.docker("wait", id)).stdout);
    return { exitCode, stderr, seconds: (performance.now() - started) / 1000 };
  };
  const [denied, locked] = await Promise.all([
    d.exec("docker", [...second, "-e", "DB_URL=mysql://merico:wrong@mysql:3306/lake", "devlake"]),
    waiting(),
  ]);

  expect(denied.exitCode).toBe(2);
  expect(denied.stdout).toMatch(
    /failed to initialize database, got error Error 1045 \(28000\): Access denied for user 'merico'@'[\d.]+' \(using password: YES\)/,
  );
  expect(denied.stderr).toContain("panic: attached stack trace\n  -- stack trace:");
  expect(locked.exitCode).toBe(2);
  expect(locked.stderr).toContain(
    "panic: locking _devlake_locking_stub timeout, the database might be locked by another devlake instance",
  );
  // All that time it runs, as a healthy one would.
  expect(locked.seconds).toBeGreaterThan(9);

  await d.compose("stop", "mysql");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  expect(await d.get("devlake", "/health")).toMatchObject({ status: 500 });
  await d.compose("start", "mysql");
  await waitUntil(
    "the backend is healthy again",
    async () => (await d.get("devlake", "/health")).status === 200,
  );
});

test("a taken port leaves a container that was only created, with the reason in it", async () => {
  await using d = await createDeployment();
  await d.holdPort(8080);
  await d.foreignContainer({ port: 3002 });

  const up = await d.compose("up", "-d");

  expect(up.exitCode).toBe(1);
  const states = await Promise.all([d.state("devlake"), d.state("grafana")]);
  const reasons = states.map((state) => state?.Error ?? "").join("\n");
  expect(reasons).toMatch(
    /:8080(?::\S+)?: (?:bind: )?address already in use|Bind for \S+:3002 failed: port is already allocated/,
  );
  expect(states.some((state) => state?.Status === "created")).toBe(true);
});

test("each service ends on stop with the code of the real one", async () => {
  await using d = await createDeployment();
  await d.up();
  await d.waitReady();

  await d.compose("stop");

  expect(await d.state("config-ui")).toMatchObject({ Status: "exited", ExitCode: 137, OOMKilled: false });
  expect(await d.state("devlake")).toMatchObject({ Status: "exited", ExitCode: 143 });
  expect(await d.state("mysql")).toMatchObject({ Status: "exited", ExitCode: 0 });
  expect(await d.state("grafana")).toMatchObject({ Status: "exited", ExitCode: 0 });
  expect(await d.logs("mysql")).toMatch(/port: 0 [^]*port: 33060[^]*port: 3306 [^]*MySQL Server - end\./);
});

test("the database and Grafana refuse a volume that is not fit", async () => {
  await using d = await createDeployment();
  await d.up();
  await d.waitReady();
  const asRoot = (service: Service, script: string) =>
    d.compose("exec", "-T", "-u", "root", service, "sh", "-c", script);

  await asRoot("grafana", "chown root:root /var/lib/grafana && chmod 700 /var/lib/grafana");
  await asRoot("mysql", "echo 90100 >/var/lib/mysql/.server-version");
  await d.compose("restart", "-t", "1", "grafana", "mysql");

  await untilExited(d, "grafana", 1);
  await untilExited(d, "mysql", 1);
  expect(await d.logs("grafana")).toContain("GF_PATHS_DATA='/var/lib/grafana' is not writable.");
  expect(await d.logs("mysql")).toContain(
    "[MY-014061] [InnoDB] Invalid MySQL server downgrade: Cannot downgrade from 90100",
  );
});

test("a restart of an own engine brings all back but config-ui", async () => {
  await using d = await createDeployment({ seed: true });
  // The same port elsewhere is another one: these two stand side by side.
  await using other = await createDeployment();
  const held = await other.holdPort(4000);

  await d.restartEngine();
  await waitUntil(
    "the backend is ready again",
    async () => (await d.get("devlake", "/ready")).status === 200,
  );

  expect(held.port).toBe(4000);
  expect(await d.state("config-ui")).toMatchObject({ Status: "exited", ExitCode: 137 });
  expect(await d.state("mysql")).toMatchObject({ Status: "running" });
  expect(await d.state("grafana")).toMatchObject({ Status: "running" });
  expect(await d.sql("SELECT count(*) FROM commits")).toEqual([["100"]]);

  await d.stopEngine();
  expect((await d.docker("version")).exitCode).not.toBe(0);
});
