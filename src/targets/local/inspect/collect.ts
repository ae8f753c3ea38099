import { errorText } from "../../../core/errors.ts";
import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import { composeCommand, containerState, madeFrom, takenFromShell } from "../facts/local-facts.ts";
import { hasOldPorts, healthReports } from "../health/healthy-facts.ts";
import { createRedactor, type Redact } from "../../../core/masking/redact.ts";
import type { ReadMasked } from "../../../core/reviewed-values.ts";
import type { ComposeModel, ComposeReader } from "../ports/compose.ts";
import type { Container, ContainerDetails, Network } from "../ports/docker.ts";
import type { HostListener } from "../ports/host-ports.ts";
import { changeFacts, type ChangesSeen } from "./changes/change-facts.ts";
import { readImages, wantedImage } from "./changes/images.ts";
import { madeFromOf } from "./changes/made-from.ts";
import { maskImage } from "../facts/interpolated-image.ts";
import { commandFacts, composeFacts } from "./files/compose-model.ts";
import { readWritten, withProviders } from "./files/compose-written.ts";
import {
  editFacts,
  imageTexts,
  isWrittenAsVariable,
  readSources,
  sourceFacts,
  writtenImages,
} from "./files/compose-sources.ts";
import { composePath, composeWords } from "./files/compose-words.ts";
import { chosenContainer, containerFacts, ownContainers } from "./containers.ts";
import type { InspectRequest } from "./context.ts";
import { inspectEach } from "./inspect-each.ts";
import { engineFacts, isLocalEngine } from "./engine.ts";
import { filesAppliedFacts } from "./files/files-applied.ts";
import { heldSecrets, type HeldSecrets } from "./files/held-secrets.ts";
import { holdingFacts } from "./container-holdings.ts";
import { knownValues } from "./files/known-values.ts";
import { maskedValue } from "./files/masked-values.ts";
import { portFacts, portsToLookAt, wantedPorts } from "./host-ports.ts";
import { stateFileFacts } from "./files/state-file.ts";
import { volumeUserFacts } from "./volume-users.ts";
import { phaseFacts, wellBeing } from "./well-being.ts";

/** One inspection: the facts, the redactor that knows this target's secrets, and what a probe goes on from. */
export interface Inspection {
  readonly facts: Facts;
  readonly redact: Redact;
  /** Values that no fact shows, to be compared with and never told. */
  readonly readMasked: ReadMasked;
  readonly known:
    | {
        readonly model: ComposeModel;
        readonly networks: readonly Network[];
        readonly lasting: Lasting;
        readonly held: HeldSecrets;
        /** How far the engine's clock is ahead of ours, in milliseconds. */
        readonly aheadMs: number;
      }
    | undefined;
}

/** What a probe takes from the inspection before it. */
type Lasting = Pick<ChangesSeen, "volumes" | "images" | "defaults" | "showImage">;

/**
 * Looks at a local target and changes nothing. What depends on nothing else runs at the same time;
 * a collector that cannot see leaves a fact that says why instead of failing the whole.
 */
export async function inspectLocal(request: InspectRequest): Promise<Inspection> {
  const { directory, ports, environment, pathListSeparator } = request;
  // Compose takes longest, so its process is begun first.
  const [printed, status, { sources, withIncluded, written, taken }] = await Promise.all([
    ports.compose.config(directory),
    ports.docker.status(),
    readSources(ports.files, environment, pathListSeparator).then((read) => readWritten(request, read)),
  ]);
  const config = withProviders(printed, written);
  const model = config.kind === "valid" ? config.model : undefined;
  const engineTime = status.kind === "reachable" ? status.time?.getTime() : undefined;
  const aheadMs = engineTime === undefined ? 0 : engineTime - ports.clock.now().getTime();
  const isVisible = status.kind === "reachable" && model !== undefined;
  const observed = isVisible ? await tryObserve(request, model) : undefined;
  const own = observed?.kind === "seen" ? observed.own : [];
  const allRun = own.length > 0 && own.every(({ state }) => state === "running");
  const secrets = knownValues({ request, sources: withIncluded, config, own });
  const redact = createRedactor(secrets);
  const reading = { directory, sources: withIncluded, secrets, redact, files: ports.files };
  const asking = allRun ? undefined : askCommand(ports.compose, redact);

  const draft = new FactsDraft()
    .merge(engineFacts(ports.docker, status))
    .merge(
      await composeFacts(config, {
        redact,
        words: (message) => composeWords(message, reading),
        path: (path) => composePath(path, reading),
        images: imageTexts(withIncluded),
        writtenImages: writtenImages(withIncluded),
      }),
    )
    .merge(sourceFacts(sources, environment, redact))
    .merge(await stateFileFacts(ports.files, redact));
  const named = taken.filter(({ name, set }) => set || isWrittenAsVariable(withIncluded, name));
  if (named.length > 0) draft.set(takenFromShell(), named);
  draft.merge(editFacts(draft.facts(), sources));
  let known: Inspection["known"];
  let isWell = false;
  if (model !== undefined && observed?.kind === "unseen") {
    for (const service of serviceNames(model))
      draft.unavailable(containerState(service), redact(observed.reason));
  }
  if (model !== undefined && observed?.kind === "seen") {
    const [templates, plainImages] = [imageTexts(withIncluded), writtenImages(withIncluded)];
    const lasting: Lasting = {
      volumes: observed.volumes,
      images: observed.images,
      defaults: status.kind === "reachable" ? status.defaults : undefined,
      showImage: (image) => redact(maskImage(image, templates, plainImages)),
    };
    const engineId = status.kind === "reachable" ? status.id : "";
    const held = await heldSecrets(request, withIncluded, { model, own, engineId });
    const [well, from] = await Promise.all([
      addProjectFacts(draft, ports, model, { ...observed, aheadMs, lasting, held }, redact),
      madeFromOf(
        model.services.flatMap(({ name }) => chosenContainer(own, name) ?? []),
        {
          directory,
          files: sources.files.filter(({ role }) => role === "compose").map(({ path }) => path),
          envFiles: (environment.get("COMPOSE_ENV_FILES") ?? "").split(",").filter((path) => path !== ""),
        },
        ports.files,
        redact,
      ),
    ]);
    isWell = well;
    draft.set(madeFrom(), from);
    known = { model, networks: observed.networks, aheadMs, lasting, held };
  }
  // Which Compose it is costs a process, and only a repair depends on it.
  if (!isWell || asking !== undefined) draft.merge(await (asking ?? askCommand(ports.compose, redact)));
  const readMasked: ReadMasked = (masked) => (model === undefined ? undefined : maskedValue(model, masked));
  return { facts: draft.facts(), redact, readMasked, known };
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
  observed: ProjectObservations & {
    readonly aheadMs: number;
    readonly lasting: Lasting;
    readonly held: HeldSecrets;
  },
  redact: Redact,
): Promise<boolean> {
  draft.merge(containerFacts({ ...observed, ...wantedOf(model) }, redact));
  draft.merge(volumeUserFacts(model, observed.own, observed.containers, redact));
  draft.merge(portFacts({ ...observed, project: model.project, wanted: wantedPorts(model) }));
  draft.merge(filesAppliedFacts(model, observed.own, observed.containers, redact));
  draft.merge(changeFacts({ model, ...observed, ...observed.lasting, all: observed.containers, redact }));
  draft.merge(holdingFacts(model, observed.own, observed.held));
  draft.merge(await wellBeing(draft.facts(), ports, observed, redact));
  const facts = draft.facts();
  return (
    healthReports(facts).every(({ healthy }) => healthy) &&
    serviceNames(model).every(
      (service) => readFact(facts, containerState(service)) === "running" && !hasOldPorts(facts, service),
    )
  );
}

/**
 * The facts of an inspection with containers and health looked at anew: a few requests, no process. A quick look
 * leaves out what costs the deployment something, to read its data and its logs, since others poll with it.
 */
export async function probeLocal(
  request: InspectRequest,
  last: Inspection,
  depth: "quick" | "whole" = "quick",
): Promise<Facts> {
  if (last.known === undefined) return (await inspectLocal(request)).facts;
  const { docker } = request.ports;
  const { model, networks, aheadMs, lasting, held } = last.known;
  const all = await docker.containers();
  const own = await inspectEach(docker, ownContainers(all, model.project));
  const images = await readImages(docker, imageIds(own), lasting.images);
  // What a container no longer has, such as an error, must not stay.
  const others = [...last.facts].filter(([id]) => !moving.some((prefix) => id.startsWith(prefix)));
  const seen = new FactsDraft(new Map(others))
    .merge(containerFacts({ ...wantedOf(model), own, networks }, last.redact))
    .merge(volumeUserFacts(model, own, all, last.redact))
    .merge(filesAppliedFacts(model, own, all, last.redact))
    .merge(changeFacts({ model, all, own, networks, ...lasting, images, redact: last.redact }))
    .merge(holdingFacts(model, own, held))
    .facts();
  return depth === "quick"
    ? phaseFacts(seen, request.ports, { own, aheadMs })
    : wellBeing(seen, request.ports, { own, aheadMs }, last.redact);
}

/** What is looked at anew each time. */
const moving = [
  "local.container.",
  "local.log.",
  "local.backend.hangs",
  "local.backend.migration",
  "local.backend.data",
  "local.backend.files-applied",
  "local.database.",
  "local.project.container-secrets",
  "local.project.unnamed-data",
];

interface ProjectObservations {
  readonly kind: "seen";
  readonly containers: readonly Container[];
  readonly own: readonly ContainerDetails[];
  readonly networks: readonly Network[];
  readonly listeners: readonly HostListener[] | undefined;
  readonly volumes: ChangesSeen["volumes"];
  readonly images: ChangesSeen["images"];
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
  const { docker } = ports;
  const [containers, networks, listeners, volumes, wanted] = await Promise.all([
    ports.docker.containers(),
    ports.docker.networks(),
    local ? ports.hostPorts.listeners(portsToLookAt(wantedPorts(model))) : undefined,
    docker.volumes().catch(() => undefined),
    readImages(
      docker,
      model.services.map((service) => wantedImage(model.project, service)),
    ),
  ]);
  const own = await inspectEach(docker, ownContainers(containers, model.project));
  // Where a name has moved on, the image that the container was made from is another one.
  const images = await readImages(docker, imageIds(own), wanted);
  return { kind: "seen", containers, own, networks, listeners, volumes, images };
}

function imageIds(own: readonly ContainerDetails[]): readonly string[] {
  return own.flatMap(({ made }) => made?.imageId ?? []);
}

function wantedOf(model: ComposeModel) {
  const wanted = new Map(model.services.map(({ name, networks = [] }) => [name, networks]));
  return { project: model.project, services: serviceNames(model), wanted };
}

function serviceNames(model: ComposeModel): readonly string[] {
  return model.services.map(({ name }) => name);
}
