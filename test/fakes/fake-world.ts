import { posix } from "node:path";
import { RepairError } from "../../src/core/errors.ts";
import type { JournalEntry } from "../../src/core/records/journal-record.ts";
import { roleOf } from "../../src/targets/local/facts/service-role.ts";
import { localEyes } from "../../src/targets/local/inspect/local-eyes.ts";
import type { InspectRequest } from "../../src/targets/local/inspect/context.ts";
import type { LocalWritePorts } from "../../src/targets/local/tools/define-local-tool.ts";
import type {
  ComposeConfigOutcome,
  ComposeReader,
  ComposeRunOutcome,
  ComposeWriter,
} from "../../src/targets/local/ports/compose.ts";
import type { DockerReader, DockerWriter } from "../../src/targets/local/ports/docker.ts";
import type { FileKind, FileReader, FileWriter } from "../../src/ports/files.ts";
import { deploymentDigest } from "../../src/core/records/deployment-id.ts";
import { readSavedSecrets } from "../../src/targets/local/losses/saved-secrets-file.ts";
import type { SavedSecretsReader, SavedSecretsWriter } from "../../src/ports/saved-secrets.ts";
import type { HostPorts } from "../../src/targets/local/ports/host-ports.ts";
import type { Http, HttpAnswer } from "../../src/ports/http.ts";
import { FakeClock } from "./fake-clock.ts";
import { composeConfig } from "./fake-compose-files.ts";
import { FakeEngine, type FakeContainer } from "./fake-engine.ts";
import { Faults } from "./faults.ts";

interface FakeFile {
  readonly kind: Exclude<FileKind, "absent">;
  readonly text: string;
  readonly mode: number;
}

/** What happened, in one order: changes of the world, inspections, and records of the journal. */
export type Trace =
  | { readonly kind: "write"; readonly operation: string; readonly what: string }
  | { readonly kind: "inspection" }
  | { readonly kind: "journal"; readonly entry: JournalEntry };

/** How long DevLake takes to become healthy after its container starts. */
const BOOT_MS = 4_000;

/** A deployment in memory that behaves as Docker, Compose, a disk and DevLake do, down to their races. */
export class FakeWorld {
  readonly directory = "/deploy";
  readonly project = "devlake";
  /** Locks are by the engine's id, for the whole machine: tests that take a real one need an id of their own. */
  engineId = "engine-1";
  readonly clock = new FakeClock();
  readonly engine = new FakeEngine(this.clock);
  readonly faults = new Faults();
  readonly files = new Map<string, FakeFile>();
  readonly trace: Trace[] = [];
  readonly shell = new Map<string, string>();
  /** Services that never become healthy. */
  readonly neverHealthy = new Set<string>();
  #parsed: { readonly key: string; readonly outcome: ComposeConfigOutcome } | undefined;
  engineAnswers: "reachable" | "unreachable" | "permission_denied" = "reachable";

  text(path: string): string | undefined {
    return this.files.get(path)?.text;
  }

  put(path: string, text: string, mode = 0o644): void {
    this.files.set(path, { kind: "file", text, mode });
  }

  eyes(): ReturnType<typeof localEyes> {
    return localEyes(this.inspectRequest());
  }

  inspectRequest(): InspectRequest {
    const { docker, compose, reader, hostPorts, http, clock, savedSecrets } = this;
    return {
      directory: this.directory,
      environment: this.shell,
      ports: { docker, compose, files: reader, hostPorts, http, clock, savedSecrets },
    };
  }

  writePorts(): LocalWritePorts {
    const { docker, compose, savedSecrets } = this;
    return { docker, compose, files: { ...this.reader, ...this.writer }, savedSecrets };
  }

  /** Everything that a run could change, as comparable text. */
  snapshot(): string {
    const containers = [...this.engine.containers.values()].map((container) => ({
      ...container,
      logs: [],
      startedAt: 0,
    }));
    return JSON.stringify(
      {
        files: [...this.files].sort(([a], [b]) => (a < b ? -1 : 1)),
        containers: containers.sort((a, b) => (a.id < b.id ? -1 : 1)),
        networks: [...this.engine.networks.values()],
        volumes: [...this.engine.volumes],
        listeners: [...this.engine.listeners],
        saved: [...this.saved],
        missingImages: [...this.engine.missingImages],
      },
      undefined,
      1,
    );
  }

  writes(): readonly Extract<Trace, { kind: "write" }>[] {
    return this.trace.filter((entry) => entry.kind === "write");
  }

  config(): ComposeConfigOutcome {
    const texts = [...this.files].flatMap(([path, { kind, text }]): [string, string][] =>
      kind === "file" ? [[path, text]] : [],
    );
    const key = JSON.stringify([texts, [...this.shell]]);
    if (this.#parsed?.key !== key)
      this.#parsed = { key, outcome: composeConfig(this.project, new Map(texts), this.shell) };
    return this.#parsed.outcome;
  }

  #wrote(operation: string, what: string): void {
    this.trace.push({ kind: "write", operation, what });
  }

  #answering(): void {
    if (this.engineAnswers !== "reachable") throw new Error("connect ECONNREFUSED /var/run/docker.sock");
  }

  readonly docker: DockerReader & DockerWriter = {
    endpoint: { address: "unix:///var/run/docker.sock", source: "default socket" },
    status: () =>
      this.faults.call("docker.status", async () => {
        this.clock.pass(5);
        return this.engineAnswers === "reachable"
          ? {
              kind: "reachable",
              id: this.engineId,
              version: "26.1.5",
              apiVersion: "1.45",
              os: "linux",
              arch: "amd64",
              time: this.clock.now(),
            }
          : { kind: this.engineAnswers, error: "the socket does not answer" };
      }),
    containers: () =>
      this.faults.call("docker.containers", async () => {
        this.clock.pass(5);
        this.#answering();
        return [...this.engine.containers.values()].map((container) => this.engine.details(container));
      }),
    inspect: (id) =>
      this.faults.call("docker.inspect", async () => {
        this.clock.pass(2);
        this.#answering();
        return this.engine.details(this.engine.find(id));
      }),
    networks: () =>
      this.faults.call("docker.networks", async () => {
        this.#answering();
        return [...this.engine.networks.values()].map(({ id, name, project }) => ({
          id,
          name,
          labels: this.engine.networkLabels(project, name),
          containers: [...this.engine.containers.values()].filter(({ networkIds }) => networkIds.includes(id))
            .length,
        }));
      }),
    volumes: () =>
      this.faults.call("docker.volumes", async () => {
        this.#answering();
        return [...this.engine.volumes.keys()].map((name) => ({
          name,
          labels: {
            "com.docker.compose.project": this.project,
            "com.docker.compose.volume": name.slice(`${this.project}_`.length),
          },
        }));
      }),
    image: (nameOrId) =>
      this.faults.call("docker.image", async () => {
        this.#answering();
        return this.engine.image(nameOrId);
      }),
    logs: (id, tail) => this.faults.call("docker.logs", async () => this.engine.find(id).logs.slice(-tail)),
    removeContainer: (id) =>
      this.faults.call("docker.removeContainer", async () => {
        this.clock.pass(50);
        this.#answering();
        this.#wrote("docker.removeContainer", this.engine.containers.get(id)?.name ?? id);
        this.engine.remove(id);
      }),
    startContainer: (id, bounds) =>
      this.faults.call("docker.startContainer", async () => {
        refuseTimeout(bounds?.timeoutMs ?? 1);
        this.#answering();
        const container = this.engine.find(id);
        this.#wrote("docker.startContainer", container.name);
        this.clock.pass(300);
        const error = this.engine.start(container);
        bounds?.signal.throwIfAborted();
        if (error !== undefined) throw refusal(error.replace("Error response from daemon: ", ""));
      }),
    connectNetwork: (network, id) =>
      this.faults.call("docker.connectNetwork", async () => {
        this.clock.pass(50);
        this.#answering();
        const container = this.engine.find(id);
        this.#wrote("docker.connectNetwork", container.name);
        this.engine.connect(container, network);
      }),
    disconnectNetwork: (network, id) =>
      this.faults.call("docker.disconnectNetwork", async () => {
        this.clock.pass(50);
        this.#answering();
        const container = this.engine.find(id);
        this.#wrote("docker.disconnectNetwork", container.name);
        this.engine.disconnect(container, network);
      }),
  };

  readonly compose: ComposeReader & ComposeWriter = {
    command: async () => ({ flavour: "plugin", version: "2.26.1" }),
    config: () =>
      this.faults.call("compose.config", async () => {
        this.trace.push({ kind: "inspection" });
        this.clock.pass(100);
        return this.config();
      }),
    createMissing: (options, services) => this.#composeUp("createMissing", options, services),
    recreate: (options, services) => this.#composeUp("recreate", options, services),
    pull: ({ signal, timeoutMs }, services) =>
      this.faults.call("compose.pull", async (): Promise<ComposeRunOutcome> => {
        refuseTimeout(timeoutMs);
        if (signal.aborted) return { kind: "interrupted" };
        this.#wrote("compose.pull", services.join(" "));
        this.clock.pass(3_000);
        const config = this.config();
        const wanted = config.kind === "valid" ? config.model.services : [];
        for (const { name, image } of wanted)
          if (services.includes(name) && image !== undefined) this.engine.missingImages.delete(image);
        return { kind: "ok" };
      }),
  };

  #composeUp(
    how: "createMissing" | "recreate",
    { signal, onLine, timeoutMs }: Parameters<ComposeWriter["recreate"]>[0],
    services: readonly string[],
  ): Promise<ComposeRunOutcome> {
    return this.faults.call(`compose.${how}`, async (portion): Promise<ComposeRunOutcome> => {
      refuseTimeout(timeoutMs);
      this.#wrote(`compose.${how}`, services.join(" "));
      this.clock.pass(2_000);
      if (this.engineAnswers !== "reachable")
        return { kind: "failed", exitCode: 1, stderr: "Cannot connect to the Docker daemon\n" };
      const config = this.config();
      if (config.kind !== "valid") return { kind: "failed", exitCode: 15, stderr: `${config.message}\n` };
      onLine(" Container devlake-mysql-1  Starting");
      const some = portion === "half" ? services.slice(0, Math.ceil(services.length / 2)) : services;
      const outcome = this.engine.upOnly(config.model, some, how);
      return signal.aborted ? { kind: "interrupted" } : outcome;
    });
  }

  /** Files with secrets in this user's state directory, by deployment and number. */
  readonly saved = new Map<string, string>();

  readonly savedSecrets: SavedSecretsReader & SavedSecretsWriter = {
    read: async (deployment) =>
      [...this.saved]
        .filter(([path]) => path.startsWith(`${deploymentDigest(deployment)}/`))
        .flatMap(([, text]) => readSavedSecrets(text)),
    save: (deployment, label, text) =>
      this.faults.call("savedSecrets.save", async () => {
        this.clock.pass(5);
        const path = `${deploymentDigest(deployment)}/${this.saved.size + 1}-${label}.env`;
        this.#wrote("savedSecrets.save", path);
        this.saved.set(path, text);
        return `~/state/${path}`;
      }),
  };

  readonly reader: FileReader = {
    kindOf: async (path) => this.files.get(contained(path, "file_unreadable"))?.kind ?? "absent",
    readText: (path) =>
      this.faults.call("files.readText", async () => {
        const file = this.files.get(contained(path, "file_unreadable"));
        if (file?.kind === "file") return file.text;
        const why = file === undefined ? "it does not exist" : `it is a ${file.kind}`;
        throw new RepairError("file_unreadable", `cannot read ${path}: ${why}`);
      }),
    realPath: async (path, from = this.directory) => posix.resolve(from, path),
    mayExist: async () => true,
  };

  readonly writer: FileWriter = {
    replace: (path, before, after) =>
      this.faults.call("files.replace", async () => {
        this.clock.pass(5);
        const old = this.#expected(path, before);
        this.#wrote("files.replace", path);
        this.files.set(path, { kind: "file", text: after, mode: old?.mode ?? 0o600 });
      }),
    remove: (path, before) =>
      this.faults.call("files.remove", async () => {
        this.#expected(path, before);
        this.#wrote("files.remove", path);
        this.files.delete(path);
      }),
  };

  #expected(path: string, before: string | undefined): FakeFile | undefined {
    const file = this.files.get(contained(path, "file_unwritable"));
    if (file !== undefined && file.kind !== "file")
      throw new RepairError("file_unwritable", `${path} is a ${file.kind}, so it was left alone`);
    if (file?.text !== before)
      throw new RepairError("plan_stale", `${path} has changed meanwhile, so it was left alone`);
    return file;
  }

  readonly hostPorts: HostPorts = {
    listeners: (ports) =>
      this.faults.call("hostPorts.listeners", async () =>
        ports.flatMap((port) => {
          const name = this.engine.listeners.get(port);
          if (name !== undefined) return [{ port, pid: 4711, name }];
          return this.engine.isFree(port) ? [] : [{ port, pid: 4712, name: "docker-proxy" }];
        }),
      ),
  };

  readonly http: Http = {
    get: (url) =>
      this.faults.call("http.get", async () => {
        this.clock.pass(3);
        const { port, pathname } = new URL(url);
        return this.#answer(Number(port), pathname);
      }),
  };

  #answer(port: number, path: string): HttpAnswer {
    const holder = [...this.engine.containers.values()].find(
      ({ state, ports }) => state === "running" && ports.some(({ published }) => published === port),
    );
    if (holder === undefined) return { kind: "no_answer", error: "connect ECONNREFUSED" };
    const service = holder.labels["com.docker.compose.service"] ?? "";
    const role = roleOf(service, holder.image);
    const isUp = this.#isHealthy(service);
    // DevLake's port is closed until it has started; what it says then is recorded in its own tests.
    if (role === "backend") return isUp ? this.#backend(path) : answer(503, "starting");
    if (role === "grafana" && path === "/grafana/api/health")
      return isUp ? answer(200, '{"database": "ok"}') : { kind: "no_answer", error: "ECONNRESET" };
    if (role === "config-ui" && path.startsWith("/api/")) {
      const backend = this.#serviceOfRole("backend");
      const reaches = backend !== undefined && this.#isHealthy(backend) && !this.neverHealthy.has(service);
      return reaches ? answer(200, "{}") : answer(502, "bad gateway");
    }
    return answer(404, "not found");
  }

  /** Answers of the backend by path, instead of those of a healthy one. */
  readonly backendSays = new Map<string, HttpAnswer>();

  #backend(path: string): HttpAnswer {
    const said = this.backendSays.get(path);
    if (said !== undefined) return said;
    const lists: Readonly<Record<string, string>> = {
      "/ready": '{"code":0,"success":true,"message":"ready","causes":null,"data":null}',
      "/health": '{"code":0,"success":true,"message":"good","causes":null,"data":null}',
      "/plugins":
        '[{"plugin":"github","metric":{}},{"plugin":"jenkins","metric":{}},{"plugin":"org","metric":{}}]',
      "/blueprints": '{"blueprints":[{"name":"octo-org-Blueprint"}],"count":1}',
      "/pipelines": '{"count":1,"pipelines":[{"id":1}]}',
      "/plugins/github/connections": '[{"name":"GitHub - octo-org","id":1,"token":"ghp_****"}]',
      "/plugins/jenkins/connections": "[]",
    };
    const body = lists[path];
    return body === undefined ? answer(404, "404 page not found") : answer(200, body);
  }

  #isHealthy(service: string): boolean {
    const container = this.engine.ofService(this.project, service);
    if (!this.#isReachable(container) || this.neverHealthy.has(service)) return false;
    if (this.clock.monotonicMs() - container.startedAt < BOOT_MS) return false;
    const database = this.#serviceOfRole("database");
    return database === undefined || this.#isReachable(this.engine.ofService(this.project, database));
  }

  /** It runs, and on a network, where the engine tells which one it was made for. */
  #isReachable(container: FakeContainer | undefined): container is FakeContainer {
    if (container?.state !== "running") return false;
    return this.engine.generation === 26 || container.networkIds.length > 0;
  }

  #serviceOfRole(role: ReturnType<typeof roleOf>): string | undefined {
    const config = this.config();
    if (config.kind !== "valid") return undefined;
    return config.model.services.find(({ name, image }) => roleOf(name, image) === role)?.name;
  }
}

/** As the adapter throws it when the Engine says no. */
export function refusal(said: string): Error {
  const message = `the Docker Engine at unix:///fake.sock answered HTTP 500: ${said}`;
  return Object.assign(new Error(message), { failure: "refused", said });
}

/** As execa does before it starts anything. */
function refuseTimeout(ms: number): void {
  if (Number.isInteger(ms) && ms > 0) return;
  throw new TypeError(`Expected the \`timeout\` option to be a non-negative integer, got \`${ms}\``);
}

function answer(status: number, body: string): HttpAnswer {
  return { kind: "answer", status, location: undefined, body };
}

function contained(path: string, code: "file_unreadable" | "file_unwritable"): string {
  const normal = posix.normalize(path);
  if (!posix.isAbsolute(normal) && !normal.startsWith("..")) return normal;
  throw new RepairError(code, `${path} is outside of the deployment's directory`);
}
