import type { ServiceImage, SettingChange } from "../../facts/change-facts.ts";
import type { ComposeService } from "../../ports/compose.ts";
import type { ContainerDetails, DockerReader } from "../../ports/docker.ts";
import type { EngineImage } from "../../ports/made-settings.ts";
import { textOf } from "./setting.ts";

/** Images by the name or id that they were asked for. `undefined`: the engine has none of that name. */
export type Images = ReadonlyMap<string, EngineImage | undefined>;

/** Looks at each image once, all at the same time. An engine that does not answer for one leaves that one out. */
export async function readImages(
  docker: Pick<DockerReader, "image">,
  names: Iterable<string>,
  known: Images = new Map(),
): Promise<Images> {
  const found = new Map(known);
  const ids = (): ReadonlySet<string> => new Set([...found.values()].flatMap((image) => image?.id ?? []));
  const missing = [...new Set(names)].filter((name) => name !== "" && !found.has(name) && !ids().has(name));
  await Promise.all(
    missing.slice(0, MOST_IMAGES).map(async (name) => {
      try {
        found.set(name, await docker.image(name));
      } catch {
        // Not known is not the same as not there, and stays out of the map.
      }
    }),
  );
  return found;
}

/** Far more than a deployment has. */
const MOST_IMAGES = 200;

export function imageOf(images: Images, name: string): EngineImage | undefined {
  return images.get(name) ?? [...images.values()].find((image) => image?.id === name);
}

/** Compose names what it builds by project and service. */
export function wantedImage(project: string, { image, name }: ComposeService): string {
  return image ?? `${project}-${name}`;
}

export function serviceImageOf(
  wanted: string,
  container: ContainerDetails | undefined,
  images: Images,
  show: (image: string) => string,
): ServiceImage {
  const there = images.get(wanted);
  const made = container?.made;
  const running = made === undefined ? undefined : imageOf(images, made.imageId);
  const [wantedVersion, runningVersion] = [there, running].map(versionOf);
  return {
    wanted: show(wanted),
    ...(images.has(wanted) && { present: there !== undefined }),
    ...(container !== undefined && { running: show(container.image) }),
    ...(made !== undefined && there !== undefined && { moved: made.imageId !== there.id }),
    ...(wantedVersion !== undefined && { wantedVersion }),
    ...(runningVersion !== undefined && { runningVersion }),
    isDigest: /@sha256:[0-9a-f]{64}$/.test(wanted),
  };
}

/** The names as Podman reads short ones back. */
function plainName(image: string): string {
  return image.replace(/^(?:localhost|docker\.io(?:\/library)?)\//, "");
}

export function imageChange(
  image: ServiceImage | undefined,
  wanted: string,
  container: ContainerDetails,
): SettingChange[] {
  const isNamedSo = plainName(wanted) === plainName(container.image);
  if (image === undefined || (isNamedSo && image.moved !== true)) return [];
  const [here, there] = [said(image.running, image.runningVersion), said(image.wanted, image.wantedVersion)];
  return [
    {
      setting: "image",
      how: "differs",
      ...(here !== there && { container: here, files: there }),
    },
  ];
}

function said(name: string | undefined, version: string | undefined): string {
  return [name ?? "", version ?? ""].join(" ").trim();
}

/** Variables by which the images of databases and Grafana name their versions, and the label of others. */
const versionNames = ["MYSQL_VERSION", "MARIADB_VERSION", "PG_VERSION", "GF_VERSION"];

function versionOf(image: EngineImage | undefined): string | undefined {
  if (image === undefined) return undefined;
  const environment = new Map(
    image.env.map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)]),
  );
  const named = versionNames.flatMap((name) => environment.get(name) ?? [])[0];
  const text = named ?? image.labels["org.opencontainers.image.version"];
  return text !== undefined && /^[\w.+:~-]{1,64}$/.test(text) ? text : undefined;
}

/** What the service's platform says against the image's own; `linux/amd64`, or a part of it. */
export function platformDiffers(
  service: ComposeService,
  image: EngineImage | undefined,
): boolean | undefined {
  const wanted = textOf(service.printed?.["platform"] ?? null);
  if (wanted === undefined) return false;
  if (image === undefined) return undefined;
  const [os = "", architecture = "", variant] = wanted.split("/");
  return (
    (os !== "" && os !== image.os) ||
    (architecture !== "" && architecture !== image.architecture) ||
    (variant !== undefined && image.variant !== "" && variant !== image.variant)
  );
}
