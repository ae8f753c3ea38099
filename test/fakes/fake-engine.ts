import { RepairError } from "../../src/core/errors.ts";
import { sha256Hex } from "../../src/core/text/digest.ts";
import type { ContainerState } from "../../src/targets/local/facts/fact-values.ts";
import type {
  ComposeModel,
  ComposeRunOutcome,
  ComposeService,
} from "../../src/targets/local/ports/compose.ts";
import type { ContainerDetails } from "../../src/targets/local/ports/docker.ts";
import type { EngineImage } from "../../src/targets/local/ports/made-settings.ts";
import { fakeImage, fakeMade } from "./fake-made.ts";
import type { FakeClock } from "./fake-clock.ts";

/** Labels of networks and volumes: their keys in the files. */
const NETWORK = "com.docker.compose.network";
const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: ContainerDetails["configuredPorts"];
  readonly env: readonly string[];
  networkIds: readonly string[];
  readonly volumes: readonly string[];
  /** What it mounts where; undefined: it does not say. */
  readonly mounts?: ContainerDetails["mounts"];
  state: ContainerState;
  exitCode: number;
  oomKilled: boolean;
  error: string;
  /** Virtual time of its last start. */
  startedAt: number;
  /** It starts anew this often, although it looks healthy in between; undefined: it stays up. */
  restartsEveryMs: number | undefined;
  /** It has a health check, which passes so long after each start. */
  healthyAfterMs: number | undefined;
  logs: readonly string[];
  /** What it was made of, when Compose made it. */
  readonly service: ComposeService | undefined;
  /** The image that bore its image's name then. */
  readonly imageId: string;
}

/** Containers, networks and volumes of one engine, and what Compose would do to them. */
export class FakeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Map<
    string,
    { readonly id: string; readonly name: string; readonly project: string }
  >();
  /** Data by volume; a volume that goes missing is lost data. */
  readonly volumes = new Map<string, string>();
  /** Names of the processes of the host that listen, by port. */
  readonly listeners = new Map<number, string>();
  /** 29 takes a container off its networks when its start fails on a taken port, and starts it without any then. */
  generation: 26 | 29 = 26;
  /** Images that are not there. */
  readonly missingImages = new Set<string>();
  /** Images that a name stands for by now, where it was moved. */
  readonly movedImages = new Map<string, EngineImage>();
  /** Log lines of containers made from now on. */
  newLogs: readonly string[] = [];
  readonly #clock: FakeClock;
  #made = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  add(parts: {
    readonly name: string;
    readonly image: string;
    readonly project?: string;
    readonly service?: string;
    readonly ports?: FakeContainer["ports"];
    readonly env?: readonly string[];
    readonly networkIds?: readonly string[];
    readonly volumes?: readonly string[];
    readonly mounts?: ContainerDetails["mounts"];
    readonly state?: ContainerState;
    readonly of?: ComposeService;
  }): FakeContainer {
    const { name, image, project, service, ports = [], env = [], networkIds = [], volumes = [] } = parts;
    this.#made += 1;
    const container: FakeContainer = {
      id: sha256Hex(`${name} ${this.#made}`),
      name,
      image,
      labels: {
        ...(project !== undefined && { [PROJECT]: project }),
        ...(service !== undefined && { [SERVICE]: service }),
      },
      ports,
      env,
      networkIds,
      volumes,
      ...(parts.mounts !== undefined && { mounts: parts.mounts }),
      state: parts.state ?? "created",
      exitCode: 0,
      oomKilled: false,
      error: "",
      startedAt: this.#clock.monotonicMs(),
      restartsEveryMs: undefined,
      healthyAfterMs: undefined,
      logs: this.newLogs,
      service: parts.of,
      imageId: this.image(image)?.id ?? "",
    };
    this.containers.set(container.id, container);
    return container;
  }

  find(idOrName: string): FakeContainer {
    const found =
      this.containers.get(idOrName) ?? [...this.containers.values()].find(({ name }) => name === idOrName);
    if (found !== undefined) return found;
    const said = `No such container: ${idOrName}`;
    throw Object.assign(new Error(said), { failure: "not_found", said });
  }

  /** The container of a service, whatever state it is in. */
  ofService(project: string, service: string): FakeContainer | undefined {
    return [...this.containers.values()].find(
      ({ labels }) => labels[PROJECT] === project && labels[SERVICE] === service,
    );
  }

  details(container: FakeContainer): ContainerDetails {
    const { id, name, image, labels, state, ports, exitCode, oomKilled, error, env, networkIds } = container;
    return {
      id,
      name,
      image,
      labels,
      state,
      publishedPorts: state === "running" ? ports : [],
      configuredPorts: ports,
      exitCode,
      oomKilled,
      restarts: this.restartsOf(container),
      error,
      health: this.#healthOf(container),
      env,
      ...(state !== "created" && { startedAt: this.#lastStartOf(container) }),
      networks: networkIds.map((network) => ({
        name: this.networks.get(network)?.name ?? "",
        id: network,
        aliases: [labels[SERVICE] ?? name],
      })),
      ...this.#madeOf(container),
      ...(container.mounts !== undefined && { mounts: container.mounts }),
      ...(this.generation === 29 && { networkMode: `${labels[PROJECT] ?? ""}_default` }),
    };
  }

  #healthOf({ healthyAfterMs, startedAt, state }: FakeContainer): string | undefined {
    if (healthyAfterMs === undefined) return undefined;
    return state === "running" && this.#clock.monotonicMs() - startedAt >= healthyAfterMs
      ? "healthy"
      : "starting";
  }

  #madeOf(container: FakeContainer): Pick<ContainerDetails, "made"> {
    const { service, env, imageId, labels } = container;
    if (service === undefined) return {};
    const project = labels[PROJECT] ?? "";
    // One that is gone is known by its id alone.
    const networks = container.networkIds.map((id) => this.networks.get(id)?.name ?? `${project}_default`);
    const made = fakeMade(service, { env, imageId, project, networks });
    // Off its network it is called nothing there.
    return { made: container.networkIds.length === 0 ? { ...made, endpoints: {} } : made };
  }

  image(nameOrId: string): EngineImage | undefined {
    if (this.missingImages.has(nameOrId)) return undefined;
    const images = [...this.containers.values()].map(({ image }) => fakeImage(image));
    return (
      this.movedImages.get(nameOrId) ??
      images.find(({ id }) => id === nameOrId) ??
      (nameOrId.startsWith("sha256:") ? undefined : fakeImage(nameOrId))
    );
  }

  /** As `network ls` shows them. */
  networkLabels(project: string, name: string): Readonly<Record<string, string>> {
    const key = name.startsWith(`${project}_`) ? name.slice(project.length + 1) : name;
    return { [PROJECT]: project, [NETWORK]: key };
  }

  restartsOf({ restartsEveryMs, startedAt }: FakeContainer): number {
    if (restartsEveryMs === undefined) return 0;
    return Math.floor((this.#clock.monotonicMs() - startedAt) / restartsEveryMs);
  }

  #lastStartOf(container: FakeContainer): Date {
    const { startedAt, restartsEveryMs = 0 } = container;
    const last = startedAt + this.restartsOf(container) * restartsEveryMs;
    return new Date(this.#clock.now().getTime() - (this.#clock.monotonicMs() - last));
  }

  /** Removes it as the Engine does when it is not forced. */
  remove(idOrName: string): void {
    const container = [...this.containers.values()].find(
      ({ id, name }) => id === idOrName || name === idOrName,
    );
    if (container === undefined) return;
    if (["running", "restarting", "paused"].includes(container.state)) {
      throw new RepairError(
        "plan_stale",
        `container ${container.name} was not removed: it is ${container.state}`,
      );
    }
    this.containers.delete(container.id);
  }

  start(container: FakeContainer): string | undefined {
    if (container.state === "running") return undefined;
    if (container.state === "dead" || container.state === "removing") {
      return `container is marked for removal and cannot be started`;
    }
    const gone = container.networkIds.find((id) => !this.networks.has(id));
    if (gone !== undefined) return this.#failed(container, `network ${gone} not found`);
    for (const { published } of container.ports) {
      if (!this.isFree(published)) {
        if (this.generation === 29) container.networkIds = [];
        return this.#failed(
          container,
          `driver failed programming external connectivity on endpoint ${container.name}: Bind for 0.0.0.0:${published} failed: port is already allocated`,
        );
      }
    }
    container.state = "running";
    container.error = "";
    container.startedAt = this.#clock.monotonicMs();
    return undefined;
  }

  #failed(container: FakeContainer, error: string): string {
    container.error = error;
    return `Error response from daemon: ${error}`;
  }

  isFree(port: number): boolean {
    return (
      !this.listeners.has(port) &&
      ![...this.containers.values()].some(
        ({ state, ports }) => state === "running" && ports.some(({ published }) => published === port),
      )
    );
  }

  /** `compose up -d`: makes, makes anew where the settings changed, and starts; stops at the first failure. */
  up(model: ComposeModel, portion?: "half"): ComposeRunOutcome {
    for (const volume of model.volumes) {
      const name = volume.startsWith(`${model.project}_`) ? volume : `${model.project}_${volume}`;
      if (!this.volumes.has(name)) this.volumes.set(name, "empty");
    }
    const ordered = inOrder(model.services);
    const some = portion === "half" ? ordered.slice(0, Math.ceil(ordered.length / 2)) : ordered;
    const failed = new Set<string>();
    const errors: string[] = [];
    for (const service of some) {
      const container = this.#converge(model.project, service);
      const blocked = service.dependsOn.some((name) => failed.has(name));
      const error = blocked ? "a dependency failed to start" : this.start(container);
      if (error === undefined) continue;
      failed.add(service.name);
      errors.push(error);
    }
    if (errors.length > 0) return { kind: "failed", exitCode: 1, stderr: `${errors.join("\n")}\n` };
    return { kind: "ok" };
  }

  #converge(project: string, service: ComposeService): FakeContainer {
    const wanted = wantedOf(service);
    const existing = this.ofService(project, service.name);
    if (existing !== undefined) {
      const same =
        JSON.stringify([existing.ports, existing.env]) === JSON.stringify([wanted.ports, wanted.env]);
      if (same || existing.state === "dead") return existing;
      this.containers.delete(existing.id);
    }
    return this.#make(project, service, existing?.name);
  }

  #make(project: string, service: ComposeService, name = `${project}-${service.name}-1`): FakeContainer {
    const { networks = [`${project}_default`] } = service;
    return this.add({
      ...wantedOf(service),
      name,
      image: service.image ?? "",
      project,
      service: service.name,
      networkIds: networks.map((network) => this.ensureNetwork(project, network)),
      volumes: service.volumes,
      of: service,
    });
  }

  /** `up --no-recreate` or `up --force-recreate`, both `--no-deps`, of the named services alone. */
  upOnly(
    model: ComposeModel,
    services: readonly string[],
    how: "createMissing" | "recreate",
  ): ComposeRunOutcome {
    const errors: string[] = [];
    for (const service of inOrder(model.services).filter(({ name }) => services.includes(name))) {
      for (const volume of service.volumes) {
        const name = volume.startsWith(`${model.project}_`) ? volume : `${model.project}_${volume}`;
        if (!this.volumes.has(name)) this.volumes.set(name, "empty");
      }
      const existing = this.ofService(model.project, service.name);
      if (existing !== undefined && how === "recreate") this.containers.delete(existing.id);
      const container =
        existing !== undefined && how === "createMissing"
          ? existing
          : this.#make(model.project, service, existing?.name);
      const error = this.start(container);
      if (error !== undefined) errors.push(error);
    }
    if (errors.length > 0) return { kind: "failed", exitCode: 1, stderr: `${errors.join("\n")}\n` };
    return { kind: "ok" };
  }

  connect(container: FakeContainer, networkId: string): void {
    if (!this.networks.has(networkId)) throw new Error(`network ${networkId} not found`);
    if (container.networkIds.includes(networkId)) throw new Error("endpoint exists already");
    // One of that name takes the place of one that is gone.
    container.networkIds = [...container.networkIds.filter((id) => this.networks.has(id)), networkId];
  }

  disconnect(container: FakeContainer, networkId: string): void {
    container.networkIds = container.networkIds.filter((id) => id !== networkId);
  }

  ensureNetwork(project: string, name = `${project}_default`): string {
    const existing = [...this.networks.values()].find((network) => network.name === name);
    if (existing !== undefined) return existing.id;
    this.#made += 1;
    const id = sha256Hex(`network ${this.#made}`);
    this.networks.set(id, { id, name, project });
    return id;
  }
}

function wantedOf({ ports, environment }: ComposeService): Pick<FakeContainer, "ports" | "env"> {
  return {
    ports: ports.map(({ published, protocol }) => ({ published, protocol })),
    env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  };
}

function inOrder(services: readonly ComposeService[]): readonly ComposeService[] {
  const ordered: ComposeService[] = [];
  const visit = (service: ComposeService): void => {
    if (ordered.includes(service)) return;
    for (const name of service.dependsOn) {
      const other = services.find((candidate) => candidate.name === name);
      if (other !== undefined) visit(other);
    }
    ordered.push(service);
  };
  services.forEach(visit);
  return ordered;
}
