import { FactsDraft, type Facts } from "../../../core/fact.ts";
import {
  containerError,
  containerExitCode,
  containerFoundDead,
  containerHealth,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerOomKilled,
  containerPorts,
  containerRestarts,
  containerState,
  projectNetworks,
  strayContainers,
} from "../facts/local-facts.ts";
import type { Redact } from "../../../core/masking/redact.ts";
import type { Container, ContainerDetails, Network } from "../ports/docker.ts";

/** Labels that Compose puts on what it makes (docs.docker.com, Compose file reference, labels). */
export const PROJECT_LABEL = "com.docker.compose.project";
export const SERVICE_LABEL = "com.docker.compose.service";
export const DIRECTORY_LABEL = "com.docker.compose.project.working_dir";
export const ONE_OFF_LABEL = "com.docker.compose.oneoff";

export function ownContainers(all: readonly Container[], project: string): readonly Container[] {
  return all.filter(
    ({ labels }) => labels[PROJECT_LABEL] === project && labels[ONE_OFF_LABEL]?.toLowerCase() !== "true",
  );
}

/**
 * Of a recreation that was cut off: the new one, which Compose renames at the end. Its label `replace` says nothing, since
 * it stays on every container that was ever recreated (2.26, 2.40).
 */
export function isLeftover({ name }: Container): boolean {
  return /^[0-9a-f]{12}_/.test(name);
}

/** Its containers, the one that counts first. */
function ofService(own: readonly ContainerDetails[], service: string): readonly ContainerDetails[] {
  return own
    .filter(({ labels }) => labels[SERVICE_LABEL] === service)
    .sort(
      (a, b) =>
        Number(b.state === "running") - Number(a.state === "running") ||
        Number(isLeftover(a)) - Number(isLeftover(b)) ||
        (a.name < b.name ? -1 : 1),
    );
}

export function chosenContainer(
  own: readonly ContainerDetails[],
  service: string,
): ContainerDetails | undefined {
  return ofService(own, service)[0];
}

export interface ContainerObservations {
  readonly project: string;
  readonly services: readonly string[];
  readonly own: readonly ContainerDetails[];
  readonly networks: readonly Network[];
  /** Names of the networks that the files want each service on. */
  readonly wanted?: ReadonlyMap<string, readonly string[]>;
}

/** State of each service's container, and what else the project left on the engine. */
export function containerFacts(observed: ContainerObservations, redact: Redact): Facts {
  const { project, services, own, networks } = observed;
  const draft = new FactsDraft().set(
    projectNetworks(),
    networks
      .filter(({ labels }) => labels[PROJECT_LABEL] === project)
      .map(({ name, id, containers }) => ({ name, id, containers }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
  const strays: ContainerDetails[] = [];
  for (const service of services) {
    const [chosen, ...others] = ofService(own, service);
    strays.push(...others);
    if (chosen === undefined) draft.set(containerState(service), "absent");
    else draft.merge(oneContainer(service, chosen, observed, redact));
  }
  strays.push(...own.filter(({ labels }) => !services.includes(labels[SERVICE_LABEL] ?? "")));
  return draft
    .set(
      strayContainers(),
      strays
        .map(({ name, labels, state }) => ({ name, service: labels[SERVICE_LABEL] ?? "", state }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    )
    .facts();
}

function tcpPorts(ports: ContainerDetails["configuredPorts"]): number[] {
  // Port 0 lets the Engine choose.
  return ports
    .filter(({ protocol, published }) => protocol === "tcp" && published > 0)
    .map(({ published }) => published)
    .sort((a, b) => a - b);
}

function oneContainer(
  service: string,
  container: ContainerDetails,
  { networks, wanted = new Map() }: Pick<ContainerObservations, "networks" | "wanted">,
  redact: Redact,
): Facts {
  const known = new Set(networks.map(({ id }) => id));
  const missing = container.networks.some(({ id }) => id !== "" && !known.has(id));
  const draft = new FactsDraft()
    .set(containerState(service), container.state)
    .set(containerId(service), container.id)
    .set(containerName(service), container.name)
    .set(containerExitCode(service), container.exitCode)
    .set(containerOomKilled(service), container.oomKilled)
    .set(containerRestarts(service), container.restarts)
    .set(containerNetworkMissing(service), missing)
    .set(containerPorts(service), tcpPorts(container.configuredPorts));
  const cutOffFrom = networkCutOff(container, networks, wanted.get(service) ?? []);
  if (isFoundDead(container, networks)) draft.set(containerFoundDead(service), true);
  if (cutOffFrom !== undefined) draft.set(containerNetworkCutOff(service), cutOffFrom);
  if (container.error !== "") draft.set(containerError(service), redact(container.error));
  if (container.health !== undefined) draft.set(containerHealth(service), container.health);
  return draft.facts();
}

/** The code that the Engine writes of a container that it finds dead: nobody knows how it ended. */
const FOUND_DEAD = 255;
/**
 * From finding the dead to making its network: 0.4 and 0.9 s were seen; many containers and a slow disk take longer.
 * What ends with 255 by itself so shortly before is taken for one of the dead, is started once, and tells then.
 */
const START_OF_ENGINE_MS = 15_000;

/**
 * A process may end with 255 too, so the code alone says nothing. The Engine gives those that it finds dead the time
 * of its own start, which its API does not tell; but it makes its network `bridge` anew with each (seen on 26.1 and
 * 28.5). Podman does not, and an engine may be set up without it: there nothing shows how such a container ended.
 */
function isFoundDead(
  { state, exitCode, finishedAt }: ContainerDetails,
  networks: readonly Network[],
): boolean {
  const engineStarted = networks.find(({ name }) => name === "bridge")?.createdAt;
  if (
    state !== "exited" ||
    exitCode !== FOUND_DEAD ||
    finishedAt === undefined ||
    engineStarted === undefined
  )
    return false;
  const before = engineStarted.getTime() - finishedAt.getTime();
  return before >= 0 && before <= START_OF_ENGINE_MS;
}

/** Not names of networks, or of one that a container need not be on: Docker's, Podman's. */
const otherModes = /^(?:|default|bridge|nat|host|none|private|slirp4netns|pasta|[a-z0-9]+:.*)$/;

/**
 * The first network that a container was made for and is not connected to, in whatever state it is: Compose makes it
 * for one that it names as its mode, and connects it to the others of its files (`wanted`). One that has never run
 * lists its networks too (26 to 29). Engine 29 takes a container off its networks when a start fails on a taken port,
 * and its next start "succeeds" without any (facts: moby issue 51758).
 */
function networkCutOff(
  { networkMode = "", networks: joined }: ContainerDetails,
  networks: readonly Network[],
  wanted: readonly string[],
): string | undefined {
  if (otherModes.test(networkMode)) return undefined;
  const isOn = (network: string): boolean => {
    const id = networks.find(({ name }) => name === network)?.id;
    return joined.some((one) => one.name === network || one.id === network || one.id === id);
  };
  // What the files want and the engine does not have yet was not there to be connected to.
  const others = wanted.filter((network) => networks.some(({ name }) => name === network));
  return [networkMode, ...others].find((network) => !isOn(network));
}

/** Names of the variables of a container's environment. */
export function variablesOf({ env }: Pick<ContainerDetails, "env">): readonly string[] {
  return env.map((entry) => entry.split("=", 1)[0] ?? "");
}
