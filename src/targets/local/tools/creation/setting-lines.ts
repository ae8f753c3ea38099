import type { ServiceImage, ServiceSetting, SettingChange } from "../../facts/change-facts.ts";
import { readFact, type Facts } from "../../../../core/fact.ts";
import type { PublishedPort } from "../../facts/fact-values.ts";
import {
  containerChanges,
  containerNetworksLacking,
  containerNotSeen,
  containerPublished,
  serviceImage,
  serviceModel,
  serviceSettings,
} from "../../facts/local-facts.ts";

/** Every setting of a container that is created: `command: server`, `environment.DB_URL: not shown`. */
export function lineOfEachSetting(facts: Facts, service: string): readonly string[] {
  const image = readFact(facts, serviceImage(service));
  const settings = readFact(facts, serviceSettings(service)) ?? [];
  const ports = readFact(facts, serviceModel(service))?.ports ?? [];
  return [
    ...(image === undefined ? [] : [`image: ${image.wanted}${version(image.wantedVersion)}${unseen(image)}`]),
    ...(ports.length === 0 ? [] : [`ports: ${portTexts(ports, isToShowTarget).join(", ")}`]),
    ...settings.filter(({ setting }) => setting !== "image").map(settingLine),
  ];
}

const isToShowTarget = true;

function settingLine({ setting, value, masked }: ServiceSetting): string {
  const isPartOnly = masked === true && setting.startsWith("environment.");
  if (value !== undefined)
    return `${setting}: ${oneLine(value)}${isPartOnly ? "; the rest is not shown" : ""}`;
  return masked === true ? `${setting}: not shown` : setting;
}

/** Every setting that a recreation changes: `ports: 8080 -> 8085`, `environment.ENCRYPTION_SECRET: differs`. */
export function lineOfEachChange(facts: Facts, service: string): readonly string[] {
  const image = imageLine(readFact(facts, serviceImage(service)));
  const changes = (readFact(facts, containerChanges(service)) ?? []).filter(
    ({ setting }) => setting !== "image" || image === undefined,
  );
  const notSeen = readFact(facts, containerNotSeen(service)) ?? [];
  const lines = [
    ...(image === undefined ? [] : [image]),
    ...portLine(facts, service),
    ...changes.map(changeLine),
    ...connectionLines(facts, service, changes),
    ...(notSeen.length === 0 ? [] : [`could not be compared: ${notSeen.join(", ")}`]),
  ];
  return lines.length > 0 ? lines : ["nothing changes but the container is replaced"];
}

/** It is of the same name, and not the one that the container is on: that was removed and made again. */
function connectionLines(
  facts: Facts,
  service: string,
  changes: readonly SettingChange[],
): readonly string[] {
  return (readFact(facts, containerNetworksLacking(service)) ?? [])
    .filter(({ network }) => !changes.some(({ files }) => files === network))
    .map(({ network }) => `network ${network}: connected again`);
}

function changeLine({ setting, how, container, files }: SettingChange): string {
  switch (how) {
    case "differs":
      return container === undefined || files === undefined
        ? `${setting}: differs`
        : `${setting}: ${oneLine(container)} -> ${oneLine(files)}`;
    case "only_files":
      return `${setting}: added${files === undefined ? "" : `, ${oneLine(files)}`}`;
    case "only_container":
      return `${setting}: dropped${container === undefined ? "" : `, ${oneLine(container)}`}`;
  }
}

function imageLine(image: ServiceImage | undefined): string | undefined {
  if (image?.running === undefined) return undefined;
  const { running, wanted, runningVersion, wantedVersion, moved } = image;
  const [was, is] = [version(runningVersion), version(wantedVersion)];
  if (running !== wanted) return `image: ${running}${was} -> ${wanted}${is}`;
  if (moved !== true) return undefined;
  return was === is
    ? `image: ${wanted}${is}, another image of that name`
    : `image: ${wanted}${was} ->${is === "" ? " another" : is}`;
}

/** Without it the start fails, and nothing is pulled. */
function unseen({ present }: ServiceImage): string {
  return present === undefined ? " (the engine did not say whether it has it)" : "";
}

function version(of: string | undefined): string {
  return of === undefined ? "" : ` ${of}`;
}

function portLine(facts: Facts, service: string): readonly string[] {
  const made = readFact(facts, containerPublished(service)) ?? [];
  const wanted = readFact(facts, serviceModel(service))?.ports ?? [];
  if (sameTexts(portTexts(made, isToShowTarget), portTexts(wanted, isToShowTarget))) return [];
  const [was, is] = [portTexts(made), portTexts(wanted)];
  // The host port alone says it most often; where it is the same, something else of it is not.
  return sameTexts(was, is)
    ? [`ports: ${list(portTexts(made, isToShowTarget))} -> ${list(portTexts(wanted, isToShowTarget))}`]
    : [`ports: ${list(was)} -> ${list(is)}`];
}

function portTexts(ports: readonly PublishedPort[], withTarget = false): readonly string[] {
  const texts = ports.map(({ published, target, protocol, hostIp }) => {
    const host = hostIp === undefined ? "" : `${hostIp.includes(":") ? `[${hostIp}]` : hostIp}:`;
    return `${host}${published}${withTarget ? `:${target}` : ""}${protocol === "tcp" ? "" : `/${protocol}`}`;
  });
  return [...new Set(texts)].sort();
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join();
}

function list(texts: readonly string[]): string {
  return texts.join(", ") || "none";
}

/** A value of several lines must not look like a line of ours. */
function oneLine(value: string): string {
  return value.replaceAll(/\r?\n/g, "\\n");
}
