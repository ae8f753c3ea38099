import { FactsDraft, type Facts } from "../../../core/fact.ts";
import type { PortHolder } from "../facts/fact-values.ts";
import { portHolder, portHolderPid } from "../facts/local-facts.ts";
import { alternativePort, BUNDLES_TRIED } from "../facts/port-bundle.ts";
import type { Container, ContainerDetails } from "../ports/docker.ts";
import type { HostListener } from "../ports/host-ports.ts";
import type { ComposeModel } from "../ports/compose.ts";
import { DIRECTORY_LABEL, PROJECT_LABEL, SERVICE_LABEL } from "./containers.ts";

export interface WantedPort {
  readonly published: number;
  readonly target: number;
  readonly service: string;
  /** Addresses of the host that it is wanted on; empty: all of them. */
  readonly addresses: readonly string[];
}

/** The host TCP ports that the model wants, in order, each once. */
export function wantedPorts(model: ComposeModel): readonly WantedPort[] {
  const all = model.services.flatMap((service) =>
    service.ports
      .filter(({ protocol }) => protocol === "tcp")
      .map(({ published, target, hostIp }) => ({ published, target, service: service.name, hostIp })),
  );
  const addressesOf = (wanted: number): readonly string[] => {
    const on = all.filter(({ published }) => published === wanted).map(({ hostIp }) => hostIp);
    return on.some(isEvery) ? [] : on.flatMap((address) => address ?? []);
  };
  const ports = all.map(({ hostIp: _one, ...port }) => ({ ...port, addresses: addressesOf(port.published) }));
  return [...new Map(ports.map((port) => [port.published, port])).values()].sort(
    (a, b) => a.published - b.published,
  );
}

function isEvery(address: string | undefined): boolean {
  return address === undefined || ["", "*", "0.0.0.0", "::", "[::]"].includes(address);
}

/** Every port that a look at the host has to cover: the wanted ones and where they might move. */
export function portsToLookAt(wanted: readonly WantedPort[]): readonly number[] {
  const alternatives = wanted.flatMap(({ published, target }) =>
    Array.from({ length: BUNDLES_TRIED }, (_unused, bundle) => alternativePort(published, target, bundle)),
  );
  return [...new Set([...wanted.map(({ published }) => published), ...alternatives])].filter(
    (port) => port <= 65_535,
  );
}

export interface PortObservations {
  readonly project: string;
  readonly wanted: readonly WantedPort[];
  readonly containers: readonly Container[];
  /** This project's own. */
  readonly own: readonly ContainerDetails[];
  /** undefined when this host's listeners say nothing about the engine's ports. */
  readonly listeners: readonly HostListener[] | undefined;
}

/**
 * Who holds each wanted port. When one is taken, also where the ports could move: the alternatives
 * up to the first that is free, so that a plan can be made from the facts alone.
 */
export function portFacts(observed: PortObservations): Facts {
  const draft = new FactsDraft();
  const holders = new Map(
    observed.wanted.map(({ published, addresses }) => [published, holderOf(published, observed, addresses)]),
  );
  for (const [port, holder] of holders) recordHolder(draft, port, holder, observed);
  if ([...holders.values()].every(isAvailable)) return draft.facts();

  for (let bundle = 0; bundle < BUNDLES_TRIED; bundle++) {
    const ports = observed.wanted.map(({ published, target }) => alternativePort(published, target, bundle));
    const candidates = ports.map((port) => [port, holderOf(port, observed)] as const);
    for (const [port, holder] of candidates) {
      if (!holders.has(port)) recordHolder(draft, port, holder, observed);
    }
    if (candidates.every(([, holder]) => holder.kind === "free")) break;
  }
  return draft.facts();
}

function isAvailable(holder: PortHolder): boolean {
  return holder.kind === "free" || holder.kind === "own";
}

function recordHolder(draft: FactsDraft, port: number, holder: PortHolder, observed: PortObservations): void {
  draft.set(portHolder(port), holder);
  const pid = observed.listeners?.find((listener) => listener.port === port)?.pid;
  if (holder.kind === "process" && pid !== undefined) draft.set(portHolderPid(port), pid);
}

/** A program on another address of the host is not in the way. */
function holderOf(port: number, observed: PortObservations, addresses: readonly string[] = []): PortHolder {
  const container = observed.containers.find(
    ({ publishedPorts, state }) =>
      (state === "running" || state === "paused") &&
      publishedPorts.some(({ published, protocol }) => published === port && protocol === "tcp"),
  );
  if (container !== undefined) return containerHolder(container, observed.project);
  if (observed.listeners === undefined) {
    return { kind: "unknown", reason: "the engine is on another host, whose processes cannot be seen" };
  }
  const listener = observed.listeners.find(
    (candidate) =>
      candidate.port === port &&
      (addresses.length === 0 || isEvery(candidate.address) || addresses.includes(candidate.address ?? "")),
  );
  if (listener === undefined || enginePrograms.test(listener.name ?? "")) {
    const own = ownSince(port, observed);
    if (own !== undefined) return own;
  }
  if (listener === undefined) return { kind: "free" };
  return { kind: "process", ...(listener.name !== undefined && { name: listener.name }) };
}

/** Programs that listen for containers: the Engine's own, Docker Desktop's, rootless Docker's, Colima's, WSL's. */
const enginePrograms =
  /^(?:docker-proxy|dockerd|com\.docker|vpnkit|rootlesskit|rootlessport|slirp4netns|gvproxy|limactl|wslrelay)/i;

/**
 * A container of ours that was restarting when the list was made: it gives its port free again and
 * again, and takes it back a moment later.
 */
function ownSince(port: number, { own }: PortObservations): PortHolder | undefined {
  const container = own.find(
    ({ state, configuredPorts }) =>
      ["restarting", "running", "paused"].includes(state) &&
      configuredPorts.some(({ published, protocol }) => published === port && protocol === "tcp"),
  );
  return container && { kind: "own", service: container.labels[SERVICE_LABEL] ?? container.name };
}

function containerHolder({ name, labels, image }: Container, project: string): PortHolder {
  if (labels[PROJECT_LABEL] === project) return { kind: "own", service: labels[SERVICE_LABEL] ?? name };
  const holderProject = labels[PROJECT_LABEL];
  const directory = labels[DIRECTORY_LABEL];
  return {
    kind: "container",
    name,
    ...(holderProject !== undefined && { project: holderProject }),
    ...(directory !== undefined && { directory }),
    image,
  };
}
