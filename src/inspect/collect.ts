import { errorText } from "../core/errors.ts";
import { FactsDraft, readFact, type FactRef, type Facts } from "../core/fact.ts";
import {
  backendPhase,
  composeCommand,
  configUiHealth,
  containerState,
  grafanaHealth,
  takenFromShell,
} from "../core/local-facts.ts";
import { hasOldPorts } from "../core/healthy-facts.ts";
import { createRedactor, type Redact } from "../core/redact.ts";
import type { ComposeModel, ComposeReader } from "../ports/compose.ts";
import type { Container, ContainerDetails, DockerReader, Network } from "../ports/docker.ts";
import type { HostListener } from "../ports/host-ports.ts";
import { commandFacts, composeFacts } from "./compose-model.ts";
import { readWritten, withProviders } from "./compose-written.ts";
import { imageTexts, isWrittenAsVariable, readSources, sourceFacts } from "./compose-sources.ts";
import { composePath, composeWords } from "./compose-words.ts";
import { containerFacts, ownContainers } from "./containers.ts";
import type { InspectRequest } from "./context.ts";
import { engineFacts, hostOfEngine, isLocalEngine } from "./engine.ts";
import { healthFacts } from "./health.ts";
import { knownValues } from "./known-values.ts";
import { portFacts, portsToLookAt, wantedPorts } from "./host-ports.ts";
import { logFacts } from "./logs.ts";
import { stateFileFacts } from "./state-file.ts";

/** One inspection: the facts, the redactor that knows this target's secrets, and what a probe goes on from. */
export interface Inspection {
  readonly facts: Facts;
  readonly redact: Redact;
  readonly known: { readonly model: ComposeModel; readonly networks: readonly Network[] } | undefined;
}

/**
 * Looks at a local target and changes nothing. What depends on nothing else runs at the same time;
 * a collector that cannot see leaves a fact that says why instead of failing the whole.
 */
export async function inspectLocal(request: InspectRequest): Promise<Inspection> {
  const { directory, ports, environment, pathListSeparator } = request;
  // Compose takes longest, so its process is begun first.
  const [printed, status, { sources, written, taken }] = await Promise.all([
    ports.compose.config(directory),
    ports.docker.status(),
    readSources(ports.files, environment, pathListSeparator).then((read) => readWritten(request, read)),
  ]);
  const config = withProviders(printed, written);
  const model = config.kind === "valid" ? config.model : undefined;
  const isVisible = status.kind === "reachable" && model !== undefined;
  const observed = isVisible ? await tryObserve(request, model) : undefined;
  const own = observed?.kind === "seen" ? observed.own : [];
  const allRun = own.length > 0 && own.every(({ state }) => state === "running");
  const secrets = knownValues({ request, sources, config, own });
  const redact = createRedactor(secrets);
  const reading = { directory, sources, secrets, redact, files: ports.files };
  const asking = allRun ? undefined : askCommand(ports.compose, redact);

  const draft = new FactsDraft()
    .merge(engineFacts(ports.docker, status))
    .merge(
      await composeFacts(config, {
        redact,
        words: (message) => composeWords(message, reading),
        path: (path) => composePath(path, reading),
        images: imageTexts(sources),
      }),
    )
    .merge(sourceFacts(sources, environment, redact))
    .merge(await stateFileFacts(ports.files, redact));
  const named = taken.filter(({ name, set }) => set || isWrittenAsVariable(sources, name));
  if (named.length > 0) draft.set(takenFromShell(), named);
  let known: Inspection["known"];
  let isWell = false;
  if (model !== undefined && observed?.kind === "unseen") {
    for (const service of serviceNames(model))
      draft.unavailable(containerState(service), redact(observed.reason));
  }
  if (model !== undefined && observed?.kind === "seen") {
    isWell = await addProjectFacts(draft, ports, model, observed, redact);
    known = { model, networks: observed.networks };
  }
  // Which Compose it is costs a process, and only a repair depends on it.
  if (!isWell || asking !== undefined) draft.merge(await (asking ?? askCommand(ports.compose, redact)));
  return { facts: draft.facts(), redact, known };
}

/** Never rejects: it is begun long before anybody waits for it. */
async function askCommand(compose: ComposeReader, redact: Redact): Promise<Facts> {
  try {
    return commandFacts(await compose.command());
  } catch (thrown) {
    return new FactsDraft().unavailable(composeCommand(), redact(errorText(thrown))).facts();
  }
}

/**
 * Adds what is to be seen of the project itself: its containers, ports, health, and logs where there is
 * trouble. Returns whether all of it is as it should be.
 */
async function addProjectFacts(
  draft: FactsDraft,
  ports: InspectRequest["ports"],
  model: ComposeModel,
  observed: ProjectObservations,
  redact: Redact,
): Promise<boolean> {
  draft.merge(containerFacts({ ...observed, project: model.project, services: serviceNames(model) }, redact));
  draft.merge(portFacts({ ...observed, project: model.project, wanted: wantedPorts(model) }));
  await collect(draft, redact, [backendPhase(), grafanaHealth(), configUiHealth()], () =>
    healthFacts(draft.facts(), hostOfEngine(ports.docker.endpoint.address), ports.http),
  );
  const troubled = observed.own.filter((container) => isTroubled(container, draft.facts()));
  await collect(draft, redact, [], () => logFacts(ports.docker, troubled, redact));
  const facts = draft.facts();
  return (
    troubled.length === 0 &&
    serviceNames(model).every(
      (service) => readFact(facts, containerState(service)) === "running" && !hasOldPorts(facts, service),
    )
  );
}

/** The facts of an inspection with containers and health looked at anew: a few requests, no process. */
export async function probeLocal(request: InspectRequest, last: Inspection): Promise<Facts> {
  if (last.known === undefined) return (await inspectLocal(request)).facts;
  const { docker, http } = request.ports;
  const { model, networks } = last.known;
  const own = await inspectOwn(docker, await docker.containers(), model.project);
  // What a container no longer has, such as an error, must not stay.
  const others = [...last.facts].filter(([id]) => !id.startsWith("local.container."));
  const draft = new FactsDraft(new Map(others)).merge(
    containerFacts({ project: model.project, services: serviceNames(model), own, networks }, last.redact),
  );
  return draft.merge(await healthFacts(draft.facts(), hostOfEngine(docker.endpoint.address), http)).facts();
}

async function inspectOwn(
  docker: DockerReader,
  containers: readonly Container[],
  project: string,
): Promise<readonly ContainerDetails[]> {
  const found = await Promise.all(
    ownContainers(containers, project).map(async ({ id }) => {
      try {
        return await docker.inspect(id);
      } catch (thrown) {
        // Removed since the list was made: it is absent.
        if (thrown instanceof Error && "failure" in thrown && thrown.failure === "not_found")
          return undefined;
        throw thrown;
      }
    }),
  );
  return found.filter((container) => container !== undefined);
}

interface ProjectObservations {
  readonly kind: "seen";
  readonly containers: readonly Container[];
  readonly own: readonly ContainerDetails[];
  readonly networks: readonly Network[];
  readonly listeners: readonly HostListener[] | undefined;
}

/** The engine answered at first and then did not: the facts say so instead of failing the whole. */
async function tryObserve(
  request: InspectRequest,
  model: ComposeModel,
): Promise<ProjectObservations | { readonly kind: "unseen"; readonly reason: string }> {
  try {
    return await observeProject(request, model);
  } catch (thrown) {
    return { kind: "unseen", reason: errorText(thrown) };
  }
}

async function observeProject({ ports }: InspectRequest, model: ComposeModel): Promise<ProjectObservations> {
  const local = isLocalEngine(ports.docker.endpoint.address);
  const [containers, networks, listeners] = await Promise.all([
    ports.docker.containers(),
    ports.docker.networks(),
    local ? ports.hostPorts.listeners(portsToLookAt(wantedPorts(model))) : undefined,
  ]);
  const own = await inspectOwn(ports.docker, containers, model.project);
  return { kind: "seen", containers, own, networks, listeners };
}

function serviceNames(model: ComposeModel): readonly string[] {
  return model.services.map(({ name }) => name);
}

async function collect(
  draft: FactsDraft,
  redact: Redact,
  refs: readonly FactRef<unknown>[],
  collector: () => Promise<Facts>,
): Promise<void> {
  try {
    draft.merge(await collector());
  } catch (thrown) {
    for (const ref of refs) draft.unavailable(ref, redact(errorText(thrown)));
  }
}

/** Logs are read only of containers that ran and are not well: a healthy stack stays quick. */
function isTroubled(container: ContainerDetails, facts: Facts): boolean {
  if (container.state === "created") return false;
  const well =
    readFact(facts, backendPhase()) === "ready" &&
    (readFact(facts, grafanaHealth()) ?? "healthy") === "healthy" &&
    (readFact(facts, configUiHealth()) ?? "reaches_backend") === "reaches_backend";
  return !(container.state === "running" && well);
}
