import { FactsDraft, type Facts } from "../../../../core/fact.ts";
import type { SettingChange } from "../../facts/change-facts.ts";
import {
  containerChanges,
  containerNetworksLacking,
  containerNotSeen,
  containerPublished,
  projectNetworkStates,
  projectVolumeStates,
  serviceImage,
  serviceSettings,
  serviceSharesNetworkOf,
  serviceWaits,
  surplusContainers,
} from "../../facts/local-facts.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import type { ComposeModel, ComposeService } from "../../ports/compose.ts";
import type { Container, ContainerDetails, EngineStatus, Network } from "../../ports/docker.ts";
import { chosenContainer, PROJECT_LABEL, SERVICE_LABEL } from "../containers.ts";
import { compareSettings } from "./compare.ts";
import { engineDefaults } from "./engine-defaults.ts";
import { imageChange, imageOf, platformDiffers, serviceImageOf, wantedImage, type Images } from "./images.ts";
import { networksLacking } from "./networks-lacking.ts";
import { networkStates, volumeStates } from "./project-objects.ts";
import { settingsOf } from "./service-settings.ts";
import type { About } from "./setting.ts";
import { surplusOf } from "./surplus.ts";
import { sharesNetworkOf, waitsOf } from "./waits.ts";

export interface ChangesSeen {
  readonly model: ComposeModel;
  readonly all: readonly Container[];
  readonly own: readonly ContainerDetails[];
  readonly networks: readonly Network[];
  /** undefined where the engine did not say. */
  readonly volumes:
    | readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]
    | undefined;
  readonly images: Images;
  readonly defaults: Extract<EngineStatus, { kind: "reachable" }>["defaults"];
  readonly redact: Redact;
  /** How the name of an image may be seen. */
  readonly showImage: (image: string) => string;
}

/** In what the files differ from what is on the engine, and what they would have Compose make: all of it is pure. */
export function changeFacts(seen: ChangesSeen): Facts {
  const { model, own, all, networks, volumes, redact } = seen;
  const draft = new FactsDraft().set(surplusContainers(), surplusOf(model, all));
  const states = networkStates({ model, own, redact }, networks);
  if (states !== undefined) draft.set(projectNetworkStates(), states);
  else draft.unavailable(projectNetworkStates(), unread);
  const ofVolumes = volumes === undefined ? undefined : volumeStates({ model, own, redact }, volumes);
  if (ofVolumes !== undefined) draft.set(projectVolumeStates(), ofVolumes);
  else
    draft.unavailable(
      projectVolumeStates(),
      volumes === undefined ? "the engine did not list its volumes" : unread,
    );
  for (const service of model.services) {
    draft.merge(serviceFacts(service, seen)).merge(containerFactsOf(service, seen));
  }
  return draft.facts();
}

const unread = "this Compose prints networks and volumes in a form that cannot be compared with their labels";

function serviceFacts(service: ComposeService, seen: ChangesSeen): Facts {
  const { model, own, images, redact, showImage } = seen;
  const draft = new FactsDraft().set(serviceWaits(service.name), waitsOf(service));
  const shared = sharesNetworkOf(service);
  if (shared !== undefined) draft.set(serviceSharesNetworkOf(service.name), redact(shared));
  const wanted = wantedImage(model.project, service);
  const image = serviceImageOf(wanted, chosenContainer(own, service.name), images, showImage);
  draft.set(serviceImage(service.name), image);
  const { printed } = service;
  if (printed !== undefined)
    draft.set(
      serviceSettings(service.name),
      settingsOf(printed, aboutOf(service, seen), showImage(wanted), redact),
    );
  return draft.facts();
}

function containerFactsOf(service: ComposeService, seen: ChangesSeen): Facts {
  const { model, own, networks, images, defaults, redact } = seen;
  const container = chosenContainer(own, service.name);
  const { printed } = service;
  const draft = new FactsDraft();
  if (container?.made === undefined || printed === undefined) return draft.facts();
  const { made } = container;
  const about = aboutOf(service, seen);
  const name = wantedImage(model.project, service);
  const wanted = images.get(name);
  const ownImage = imageOf(images, made.imageId);
  const { changes, notSeen } = compareSettings({
    service: printed,
    made,
    about: {
      ...about,
      id: container.id,
      name: container.name,
      networkMode: container.networkMode ?? "",
      borrowed: (target) => borrows(container, own, target),
      ownImage,
    },
    image: wanted ?? ownImage,
    isEngineDefault: engineDefaults(defaults),
    redact,
  });
  const image = serviceImageOf(name, container, images, seen.showImage);
  const platform = platformDiffers(service, ownImage);
  draft.set(
    containerChanges(service.name),
    [
      ...changes,
      ...imageChange(image, name, container),
      ...(platform === true ? [{ setting: "platform", how: "differs" } satisfies SettingChange] : []),
    ].sort((a, b) => (a.setting < b.setting ? -1 : 1)),
  );
  const unseen = [
    ...notSeen.map(redact),
    ...(image === undefined ? ["image"] : []),
    ...(platform === undefined ? ["platform"] : []),
  ];
  if (unseen.length > 0) draft.set(containerNotSeen(service.name), unseen);
  draft.set(
    containerPublished(service.name),
    made.published
      .map(({ published, target, protocol, hostIp }) => ({
        published,
        target,
        protocol: protocol === "udp" ? ("udp" as const) : ("tcp" as const),
        ...(hostIp !== "" && { hostIp }),
      }))
      .sort((a, b) => a.published - b.published || a.target - b.target),
  );
  const lacking = networksLacking(container, printed, about, networks);
  if (lacking.length > 0) draft.set(containerNetworksLacking(service.name), lacking);
  return draft.facts();
}

function aboutOf(
  service: ComposeService,
  { model, own, networks }: Pick<ChangesSeen, "model" | "own" | "networks">,
): About {
  // One that no service is put on any more is not printed.
  const others = networks.flatMap(({ name, labels }) => {
    const key = labels[PROJECT_LABEL] === model.project ? labels["com.docker.compose.network"] : undefined;
    return key === undefined ? [] : [[key, name] as const];
  });
  return {
    project: model.project,
    service: service.name,
    networks: new Map([
      ...others,
      ...(model.networkEntries ?? []).map(({ key, name }) => [key, name] as const),
    ]),
    volumes: new Map((model.volumeEntries ?? []).map(({ key, name }) => [key, name])),
    files: (kind, key) => model.fileEntries?.[kind][key],
    serviceOf: (container) =>
      own.find(({ id, name }) => id === container || name === container)?.labels[SERVICE_LABEL],
  };
}

/** Whether a mount came with `volumes_from`. */
function borrows({ made }: ContainerDetails, own: readonly ContainerDetails[], target: string): boolean {
  const lenders = (made?.volumesFrom ?? []).map((text) => text.split(":")[0]);
  return own.some(
    ({ id, name, made: theirs }) =>
      (lenders.includes(id) || lenders.includes(name)) &&
      theirs?.mounts?.some((mount) => mount.target === target) === true,
  );
}
