import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type DockerCli, removeDirectory, removeLeftOvers, removeProject } from "./left-overs.ts";
import { type PortHolder, holdPort } from "./port-holder.ts";
import { onPostgres } from "./on-postgres.ts";
import { type PrivateEngine, startPrivateEngine } from "./private-engine.ts";
import { type CommandOptions, type CommandResult, mustRun, runCommand } from "./run-command.ts";
import { lockForThisProcess } from "./stack-lock.ts";
import { newTestName } from "./test-names.ts";
import { waitUntil } from "./wait-until.ts";

export type Service = "mysql" | "postgres" | "grafana" | "devlake" | "config-ui";

/** The encryption secret that a deployment has when the test names none. */
export const testSecret = "TESTSECRETTESTSECRETTESTSECRET";

/** As in DevLake's compose file: published on the host, and inside the container. */
export const ports: Readonly<Record<Service, { readonly host: number; readonly inside: number }>> = {
  mysql: { host: 3306, inside: 3306 },
  postgres: { host: 5432, inside: 5432 },
  grafana: { host: 3002, inside: 3000 },
  devlake: { host: 8080, inside: 8080 },
  "config-ui": { host: 4000, inside: 4000 },
};

export interface DeploymentOptions {
  /** ENCRYPTION_SECRET in `.env`; empty leaves it unset. */
  readonly secret?: string;
  /**
   * `own`, when none is named: an engine with its own localhost, which may be restarted, so that nothing else
   * on the machine disturbs it. `shared`: the machine's, on the default socket, one test process at a time.
   */
  readonly engine?: "shared" | "own";
  /** `mysql`, when none is named. `postgres` takes the place of the service mysql; its image is in the long run alone. */
  readonly database?: "mysql" | "postgres";
  /** The Compose that brings it up, a program of its own; `docker compose` when none is named. */
  readonly composeProgram?: string;
  /** Starts everything, waits until it is ready, and fills in encrypted connections, a blueprint and rows. */
  readonly seed?: boolean;
}

/** The parts of `docker inspect` that say how a container is. */
export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly Error: string;
}

export interface Deployment extends AsyncDisposable {
  /** Holds docker-compose.yml and .env; its base name is the Compose project. */
  readonly dir: string;
  readonly project: string;
  /** What to add to a process's environment to reach this engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command in `dir`, with `env`, on the localhost of the engine. Never throws for its exit code. */
  exec(command: string, args?: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The words that `exec` puts before a command: empty for the shared engine. For own spawns, as in a terminal. */
  readonly enter: readonly string[];
  docker(...args: readonly string[]): Promise<CommandResult>;
  compose(...args: readonly string[]): Promise<CommandResult>;
  /** `docker compose up -d`, with more words such as `-t 1`; throws when it fails. */
  up(...words: readonly string[]): Promise<void>;
  /** Until backend, Grafana and the way through config-ui all answer 200. */
  waitReady(timeoutMs?: number): Promise<void>;
  /** Fills a ready deployment; `connections` below then reads back what was encrypted. */
  seed(): Promise<void>;
  /** GET on the port that the service publishes now. `status` is 0 when nobody answers. */
  get(service: Service, path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** `http://localhost:PORT` with the port published now, or the usual one when none is. */
  url(service: Service): Promise<string>;
  /** As root on the database `lake`: rows of columns. */
  sql(query: string): Promise<readonly (readonly string[])[]>;
  /** Undefined when the service has no container. */
  state(service: Service): Promise<ContainerState | undefined>;
  logs(service: Service): Promise<string>;
  /** A process of the machine that listens on the port; let go at the end. */
  holdPort(port: number): Promise<PortHolder>;
  /** A container of another Compose project that publishes the port. */
  foreignContainer(options: {
    readonly port: number;
  }): Promise<{ readonly project: string; readonly dir: string; readonly name: string }>;
  /** Not on the shared engine. Every container is stopped, then those with `restart: always` come back. */
  restartEngine(): Promise<void>;
  stopEngine(): Promise<void>;
}

const here = import.meta.dirname;
let sweep: Promise<void> | undefined;

/** A DevLake deployment in a directory of its own. Nothing of it is left when it is disposed. */
export async function createDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  await using started = new AsyncDisposableStack();
  sweep ??= removeLeftOvers((...args) => runCommand("docker", args));
  await sweep;
  const project = newTestName();
  const dir = join(tmpdir(), project);
  started.defer(() => removeDirectory(dir));
  await writeFiles(dir, options);
  let own: PrivateEngine | undefined;
  if (options.engine !== "shared") own = started.use(await startPrivateEngine(project, options.database));
  else started.use(await lockForThisProcess("ports"));

  const env: Record<string, string> = own === undefined ? {} : { DOCKER_HOST: own.host };
  const enter = own?.enter ?? [];
  const exec: Deployment["exec"] = (command, args = [], more = {}) => {
    const [first = command, ...rest] = [...enter, command, ...args];
    return runCommand(first, rest, { cwd: dir, ...more, env: { ...env, ...more.env } });
  };
  const docker: DockerCli = (...args) => runCommand("docker", args, { env });
  // With an engine of its own all goes with the engine.
  if (own === undefined) started.defer(() => removeProject(docker, project));

  const container = async (service: Service): Promise<string | undefined> => {
    const labels = { project, service, oneoff: "False" };
    const filters = Object.entries(labels).flatMap(([key, value]) => [
      "--filter",
      `label=com.docker.compose.${key}=${value}`,
    ]);
    const listed = await docker("ps", "-aq", ...filters);
    return listed.stdout.split("\n")[0] || undefined;
  };

  const deployment = {
    dir,
    project,
    env,
    enter,
    exec,
    docker,
    compose: (...args) => exec("docker", ["compose", ...args]),
    async up(...words) {
      const [program, ...before] = [options.composeProgram ?? ["docker", "compose"]].flat();
      await mustRun(program ?? "docker", [...before, "up", "-d", ...words], { cwd: dir, env });
    },
    async waitReady(timeoutMs = 60_000) {
      const probes = [
        ["devlake", "/ready"],
        ["grafana", "/grafana/api/health"],
        ["config-ui", "/api/ping"],
      ] as const;
      await Promise.all(
        probes.map(([service, path]) =>
          waitUntil(
            `${service} answers ${path} with 200`,
            async () => (await deployment.get(service, path)).status === 200,
            timeoutMs,
          ),
        ),
      );
    },
    async seed() {
      await mustRun("docker", ["compose", "exec", "-T", "devlake", "lake-seed"], { cwd: dir, env });
    },
    async get(service, path) {
      const url = `${await deployment.url(service)}${path}`;
      const { stdout } = await exec("curl", ["-s", "--max-time", "20", "-w", "\n%{http_code}", url]);
      const end = stdout.lastIndexOf("\n");
      return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, Math.max(end, 0)) };
    },
    async url(service) {
      const id = await container(service);
      const shown = id === undefined ? "" : (await docker("port", id, `${ports[service].inside}/tcp`)).stdout;
      const published = /:(\d+)$/m.exec(shown)?.[1] ?? ports[service].host;
      return `http://localhost:${published}`;
    },
    async sql(query) {
      const id = (await container("mysql")) ?? "no mysql container";
      const out = await mustRun(
        "docker",
        ["exec", id, "mysql", "-uroot", "-padmin", "-NB", "lake", "-e", query],
        { env },
      );
      return out === "" ? [] : out.split("\n").map((line) => line.split("\t"));
    },
    async state(service) {
      const id = await container(service);
      if (id === undefined) return undefined;
      return JSON.parse(await mustRun("docker", ["inspect", "--format", "{{json .State}}", id], { env }));
    },
    async logs(service) {
      const { stdout, stderr } = await docker("logs", (await container(service)) ?? "no container");
      return `${stdout}\n${stderr}`;
    },
    async holdPort(port) {
      const holder = await holdPort(port, enter);
      cleanUps.use(holder);
      return holder;
    },
    async foreignContainer({ port }) {
      const foreignDir = `${dir}-foreign-${port}`;
      const foreign = {
        project: basename(foreignDir),
        dir: foreignDir,
        name: `${basename(foreignDir)}-web-1`,
      };
      cleanUps.defer(() => removeDirectory(foreignDir));
      if (own === undefined) cleanUps.defer(() => removeProject(docker, foreign.project));
      await mkdir(foreignDir);
      await writeFile(join(foreignDir, "docker-compose.yml"), foreignCompose(port));
      await mustRun("docker", ["compose", "up", "-d"], { cwd: foreignDir, env });
      return foreign;
    },
    async restartEngine() {
      await deployment.stopEngine();
      await own?.start();
    },
    async stopEngine() {
      if (own === undefined)
        throw new Error("this deployment uses the shared engine, which is not its to stop");
      await own.stop();
    },
    [Symbol.asyncDispose]: () => cleanUps.disposeAsync(),
  } satisfies Deployment;

  if (options.seed === true) {
    await deployment.up();
    await deployment.waitReady();
    await deployment.seed();
  }
  // Only now does the caller own it: whatever failed above was cleaned up on the way out.
  const cleanUps = started.move();
  return deployment;
}

async function writeFiles(dir: string, options: DeploymentOptions): Promise<void> {
  await mkdir(dir);
  const put = options.database === "postgres" ? onPostgres : (text: string) => text;
  const compose = await readFile(join(here, "docker-compose.yml"), "utf8");
  await writeFile(join(dir, "docker-compose.yml"), put(compose));
  const example = put(await readFile(join(here, "env.example"), "utf8"));
  const secret = `ENCRYPTION_SECRET=${options.secret ?? testSecret}`;
  await writeFile(join(dir, ".env"), example.replace(/^ENCRYPTION_SECRET=$/m, secret));
}

function foreignCompose(port: number): string {
  return `services:
  web:
    image: devlake.docker.scarf.sh/apache/devlake-dashboard:v1.0.2
    entrypoint: ["python3", "-m", "http.server", "80"]
    user: root
    ports:
      - ${port}:80
`;
}
