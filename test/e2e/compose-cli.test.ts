import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createComposeCli } from "../../src/adapters/compose/compose-cli.ts";
import type { ComposeRunOptions } from "../../src/targets/local/ports/compose.ts";

const compose = createComposeCli(process.env);
const image = `compose-cli-e2e:${process.pid}`;

const docker = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)("docker", args)).stdout.trim();

/** A deployment in a directory of its own, which is also its project name; all of it goes when the test ends. */
function deployment(composeFile: string, files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "compose-cli-e2e-"));
  onTestFinished(async () => {
    await promisify(execFile)("docker", ["compose", "-p", projectOf(directory), "down", "-v", "-t", "0"]);
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, "docker-compose.yml"), composeFile);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const projectOf = (directory: string): string => basename(directory).toLowerCase();

const stateOf = (directory: string, service: string): Promise<string> =>
  docker("inspect", "-f", "{{.State.Status}}", `${projectOf(directory)}-${service}-1`);

/** Command lines of the Compose processes that still work on the project. */
function composeProcesses(directory: string): readonly string[] {
  const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return processes.filter((line) => line.includes(`--project-name ${projectOf(directory)}`));
}

function options(directory: string, overrides: Partial<ComposeRunOptions> = {}) {
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const project = projectOf(directory);
  const onLine = (line: string): void => void lines.push(line);
  return { lines, options: { directory, project, timeoutMs: 60_000, signal, onLine, ...overrides } };
}

describe("config, which needs no engine", () => {
  const devlake = `version: "3"
services:
  mysql:
    image: mysql:8
    ports: ["3306:3306"]
    restart: always
    volumes: ["mysql-storage:/var/lib/mysql"]
  devlake:
    image: devlake.docker.scarf.sh/apache/devlake:v1.0.2
    ports: ["127.0.0.1:\${BACKEND_PORT:-8080}:8080"]
    env_file: ./.env
    environment: { LOGGING_DIR: /app/logs }
    depends_on: [mysql]
volumes:
  mysql-storage:
`;

  it("gives the effective model of a DevLake deployment", async () => {
    const directory = deployment(devlake, { ".env": "ENCRYPTION_SECRET='a$b'\nBACKEND_PORT=8085\n" });
    const project = projectOf(directory);

    expect(await compose.config(directory)).toMatchObject({
      kind: "valid",
      model: {
        project,
        services: [
          {
            name: "devlake",
            image: "devlake.docker.scarf.sh/apache/devlake:v1.0.2",
            ports: [{ published: 8085, target: 8080, protocol: "tcp", hostIp: "127.0.0.1" }],
            dependsOn: ["mysql"],
            restart: undefined,
            volumes: [],
            environment: { BACKEND_PORT: "8085", ENCRYPTION_SECRET: "a$b", LOGGING_DIR: "/app/logs" },
            networks: [`${project}_default`],
          },
          {
            name: "mysql",
            image: "mysql:8",
            ports: [{ published: 3306, target: 3306, protocol: "tcp" }],
            dependsOn: [],
            restart: "always",
            volumes: ["mysql-storage"],
            mounts: [{ type: "volume", source: `${project}_mysql-storage`, target: "/var/lib/mysql" }],
            environment: {},
            networks: [`${project}_default`],
          },
        ],
        volumes: [`${project}_mysql-storage`],
      },
    });
  });

  it("names the missing .env, and does not take a directory for it", async () => {
    const directory = deployment(devlake);
    onTestFinished(() => rmSync(join(directory, ".env"), { recursive: true, force: true }));

    expect(await compose.config(directory)).toMatchObject({
      kind: "env_file_missing",
      path: join(directory, ".env"),
    });
    mkdirSync(join(directory, ".env"));
    expect(await compose.config(directory)).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("is a directory"),
    });
  });

  it.each([
    ["broken YAML", "services:\n  a:\n    image: x\n   b: [\n", /^yaml: /],
    ["an unknown property", "services: {a: {image: x, prots: []}}\n", /prots/],
    ["a missing required variable", "services: {a: {image: 'x:${NO_SUCH_TAG:?set it}'}}\n", /NO_SUCH_TAG/],
    ["an empty file", "", /empty compose file/],
  ])("says what is wrong with %s", async (_, text, message) => {
    const outcome = await compose.config(deployment(text));

    expect(outcome).toMatchObject({ kind: "invalid", message: expect.stringMatching(message) });
  });

  it("quotes no value of a broken .env", async () => {
    const directory = deployment(devlake, { ".env": 'ENCRYPTION_SECRET="canary\nA=1\n' });

    const outcome = await compose.config(directory);

    expect(outcome).toMatchObject({ kind: "invalid", message: expect.stringContaining("unterminated") });
    expect(JSON.stringify(outcome)).not.toContain("canary");
  });

  it("finds no compose file in an empty directory", async () => {
    const directory = deployment(devlake);
    rmSync(join(directory, "docker-compose.yml"));

    expect(await compose.config(directory)).toMatchObject({ kind: "no_compose_file" });
  });

  it("works the same through a standalone docker-compose, with no docker CLI at all", async () => {
    const plugins = z
      .array(z.object({ Name: z.string(), Path: z.string() }))
      .parse(JSON.parse(await docker("info", "--format", "{{json .ClientInfo.Plugins}}")));
    const plugin = plugins.find(({ Name }) => Name === "compose");
    const directory = deployment(devlake, { ".env": "" });
    const programs = join(directory, "programs");
    mkdirSync(programs);
    symlinkSync(plugin?.Path ?? "", join(programs, "docker-compose"));
    const standalone = createComposeCli({ ...process.env, PATH: programs });

    expect(await standalone.config(directory)).toEqual(await compose.config(directory));
    expect(await standalone.command()).toMatchObject({ flavour: "standalone" });
    expect(await compose.command()).toMatchObject({ flavour: "plugin" });
  });
});

describe("up and start, on the engine", () => {
  // `sleep` and the libraries it is linked with are image enough; nothing has to be downloaded.
  beforeAll(() => {
    const libraries = execFileSync("ldd", ["/bin/sleep"], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
    const files = execFileSync(
      "tar",
      ["-C", "/", "-chf", "-", ...["/bin/sleep", ...libraries].map((path) => path.slice(1))],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    execFileSync("docker", ["import", "--change", 'CMD ["/bin/sleep", "600"]', "-", image], { input: files });
  });

  afterAll(async () => {
    await docker("rmi", "-f", image);
  });

  it("brings a project up, line by line and without terminal codes, and once more without a change", async () => {
    const directory = deployment(`services: {a: {image: "${image}"}, b: {image: "${image}"}}\n`);
    const run = options(directory);

    expect(await compose.createMissing(run.options, ["a", "b"])).toEqual({ kind: "ok" });
    expect(await Promise.all(["a", "b"].map((name) => stateOf(directory, name)))).toEqual([
      "running",
      "running",
    ]);
    expect(run.lines.join("\n")).toMatch(/-a-1\s+Started/);
    expect(run.lines.join("\n")).not.toContain("\u001B");
    expect(await compose.createMissing(run.options, ["a", "b"])).toEqual({ kind: "ok" });
  });

  it("brings only the named services up, and starts those that were stopped", async () => {
    const directory = deployment(`services: {a: {image: "${image}"}, b: {image: "${image}"}}\n`);
    const { options: run } = options(directory);

    expect(await compose.createMissing(run, ["a"])).toEqual({ kind: "ok" });
    await expect(stateOf(directory, "b")).rejects.toThrow(/no such object/i);
    await docker("kill", `${projectOf(directory)}-a-1`);
    expect(await stateOf(directory, "a")).toBe("exited");

    expect(await compose.createMissing(run, ["a"])).toEqual({ kind: "ok" });
    expect(await stateOf(directory, "a")).toBe("running");
  });

  it("hands back what the engine says when a port is taken", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "0.0.0.0", resolve));
    onTestFinished(() => void holder.close());
    const { port } = z.custom<AddressInfo>((address) => typeof address === "object").parse(holder.address());
    const directory = deployment(`services: {a: {image: "${image}", ports: ["${port}:80"]}}\n`);

    const outcome = await compose.createMissing(options(directory).options, ["a"]);

    expect(outcome).toMatchObject({
      kind: "failed",
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(`${port}.*address already in use`)),
    });
    expect(await stateOf(directory, "a")).toBe("created");
  });

  // `sleep` as the first process ignores SIGTERM, so that Compose waits this long before it replaces it.
  const waiting = `services:
  a: {image: "${image}", stop_grace_period: 1h}
`;

  async function runningDeployment(): Promise<string> {
    const directory = deployment(waiting);
    expect(await compose.createMissing(options(directory).options, ["a"])).toEqual({ kind: "ok" });
    return directory;
  }

  it("gives up at the deadline, and leaves no Compose behind", async () => {
    const directory = await runningDeployment();
    const { options: run } = options(directory, { timeoutMs: 5000 });

    expect(await compose.recreate(run, ["a"])).toEqual({ kind: "timed_out" });
    expect(composeProcesses(directory)).toEqual([]);
  });

  it("ends when it is interrupted", async () => {
    const directory = await runningDeployment();
    const controller = new AbortController();
    const onLine = (line: string): void => {
      if (/-a-1\s+Recreate/.test(line)) controller.abort();
    };
    const { options: run } = options(directory, { signal: controller.signal, onLine });

    expect(await compose.recreate(run, ["a"])).toEqual({ kind: "interrupted" });
    expect(composeProcesses(directory)).toEqual([]);
  });
});
