import type { Json } from "../../src/core/text/json.ts";
import type { FakeContainer } from "../fakes/fake-engine.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";

/** What a look at one container shows. */
interface SeenContainer {
  readonly id: string;
  readonly state: string;
  readonly service: string;
  /** By the name that the Compose file has for it; what a container has of its image's own is not told. */
  readonly settings: ReadonlyMap<string, string>;
}

/** All of a world that a step may change. */
export interface Seen {
  readonly containers: ReadonlyMap<string, SeenContainer>;
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, string>;
  readonly missingImages: ReadonlySet<string>;
  readonly saved: ReadonlyMap<string, string>;
}

export function look(world: FakeWorld): Seen {
  const { engine } = world;
  return {
    containers: new Map(
      [...engine.containers.values()].map((container) => [container.name, seen(world, container)]),
    ),
    networks: new Set([...engine.networks.values()].map(({ name }) => name)),
    volumes: new Set(engine.volumes.keys()),
    files: new Map([...world.files].map(([path, { text }]) => [path, text])),
    missingImages: new Set(engine.missingImages),
    saved: new Map(world.saved),
  };
}

function seen(world: FakeWorld, container: FakeContainer): SeenContainer {
  const { id, state, labels, image, imageId, env, networkIds, service } = container;
  const settings = new Map([["image", `${image} ${imageId}`]]);
  for (const entry of env) {
    const at = entry.indexOf("=");
    settings.set(`environment.${entry.slice(0, at)}`, entry.slice(at + 1));
  }
  for (const network of networkIds) {
    const { name } = world.engine.networks.get(network) ?? { name: "gone" };
    settings.set(`networks.${name}`, name);
  }
  if ((service?.ports ?? []).length > 0) settings.set("ports", JSON.stringify(service?.ports));
  for (const { target, ...mount } of service?.mounts ?? [])
    settings.set(`volumes.${target}`, JSON.stringify(mount));
  for (const [key, value] of Object.entries(service?.printed ?? {}))
    for (const [setting, text] of printed(key, value)) settings.set(setting, text);
  return { id, state, service: labels["com.docker.compose.service"] ?? "", settings };
}

/** Those that are no part of a container, or are told above. */
const elsewhere = new Set(
  "image ports environment env_file volumes networks depends_on build profiles scale pull_policy".split(" "),
);

function printed(key: string, value: Json | undefined): readonly (readonly [string, string])[] {
  if (elsewhere.has(key) || key.startsWith("x-") || value === null || value === undefined) return [];
  if (key === "labels" && typeof value === "object")
    return Object.entries(value).map(([name, label]) => [`labels.${name}`, JSON.stringify(label)]);
  return [[key, JSON.stringify(value)]];
}

/**
 * What of the changes between two looks the preview does not name: each container by its name or service, each setting
 * by its key below that container's own line. Empty where law 11 holds.
 */
export function unnamed(before: Seen, after: Seen, preview: string): readonly string[] {
  const lines = preview.split("\n");
  return [
    ...[...after.containers].flatMap(([name, now]) =>
      changeOf(name, before.containers.get(name), now, lines),
    ),
    ...[...before.containers.keys()]
      .filter((name) => !after.containers.has(name))
      .filter((name) => !lines.some((line) => line.startsWith(`remove container ${name} `)))
      .map((name) => `container ${name} was removed`),
    ...added(before.networks, after.networks)
      .filter((name) => !lines.includes(`make network ${name}`))
      .map((name) => `network ${name} was made`),
    ...added(before.volumes, after.volumes)
      .filter((name) => !lines.includes(`make volume ${name}`))
      .map((name) => `volume ${name} was made`),
    ...[...added(after.networks, before.networks), ...added(after.volumes, before.volumes)].map(
      (name) => `${name} was removed`,
    ),
    ...[...new Set([...before.files.keys(), ...after.files.keys()])]
      .filter((path) => before.files.get(path) !== after.files.get(path) && !names(preview, path))
      .map((path) => `${path} was changed`),
    ...added(after.missingImages, before.missingImages)
      .filter((image) => !names(preview, image))
      .map((image) => `image ${image} was pulled`),
    ...(after.saved.size > before.saved.size && !preview.includes("save from container ")
      ? ["secrets were saved"]
      : []),
  ];
}

function added(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [...after].filter((name) => !before.has(name));
}

/** As a word of its own: `mysql` is not in `mysql-2`. */
function names(text: string, name: string): boolean {
  return text.split(/[\s,()]+/).some((word) => word === name || word.replace(/^[ab]\//, "") === name);
}

function changeOf(
  name: string,
  was: SeenContainer | undefined,
  now: SeenContainer,
  lines: readonly string[],
): readonly string[] {
  if (was === undefined) {
    const section = sectionOf(lines, [`create and start ${now.service}`, `recreate ${now.service} (`]);
    if (section === undefined) return [`container ${name} was created`];
    return [...now.settings.keys()]
      .filter((key) => !isNamed(key, section))
      .map((key) => `container ${name} was created with ${key}`);
  }
  if (was.id !== now.id) {
    const section = sectionOf(lines, [`recreate ${now.service} (container ${name})`]);
    if (section === undefined) return [`container ${name} was recreated`];
    // One that was on a network that is gone comes onto the one of that name that is made again.
    const again = was.settings.has("networks.gone") && names(lines.join("\n"), "devlake_default");
    return different(was, now)
      .filter((key) => !(again && key === "networks.devlake_default") && !isNamed(key, section))
      .map((key) => `${key} of the recreated container ${name} was changed`);
  }
  return [
    ...(was.state === now.state || lines.some((line) => isAbout(line, name, now.service))
      ? []
      : [`container ${name} went from ${was.state} to ${now.state}`]),
    ...different(was, now)
      .filter(
        (key) =>
          !lines.some((line) =>
            line.startsWith(`connect container ${name} to network ${key.replace("networks.", "")}`),
          ),
      )
      .map((key) => `${key} of container ${name} was changed`),
  ];
}

function isAbout(line: string, name: string, service: string): boolean {
  return (
    line.startsWith(`start container ${name} as it is`) ||
    line.startsWith(`recreate ${service} (`) ||
    line === `create and start ${service}`
  );
}

function different(was: SeenContainer, now: SeenContainer): readonly string[] {
  return [...new Set([...was.settings.keys(), ...now.settings.keys()])].filter(
    // A network that is gone has no name any more: what takes its place is told by its own.
    (key) => key !== "networks.gone" && was.settings.get(key) !== now.settings.get(key),
  );
}

function sectionOf(lines: readonly string[], heads: readonly string[]): readonly string[] | undefined {
  const at = lines.findIndex((line) => heads.some((head) => line === head || line.startsWith(head)));
  if (at < 0) return undefined;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return end < 0 ? rest : rest.slice(0, end);
}

function isNamed(key: string, section: readonly string[]): boolean {
  const named = key.replace(/^networks\.devlake_/, "networks.");
  const told = section.filter((line) => line.startsWith(`  could not be compared: `)).join("\n");
  return (
    section.some((line) => line === `  ${named}` || line.startsWith(`  ${named}: `)) ||
    section.includes(`  ${key.replace("networks.", "network ")}: connected again`) ||
    names(told.replaceAll(":", " "), named)
  );
}

/** What kinds of changes there are between two looks. */
export function kindsOfChange(before: Seen, after: Seen): readonly string[] {
  return [
    ...[...after.containers].flatMap(([name, now]): readonly string[] => {
      const was = before.containers.get(name);
      if (was === undefined) return ["created"];
      if (was.id !== now.id) return ["recreated", ...different(was, now).map(() => "other setting")];
      return [
        ...(was.state !== now.state && now.state === "running" ? ["started"] : []),
        ...(different(was, now).length > 0 ? ["connected"] : []),
      ];
    }),
    ...[...before.containers.keys()].filter((name) => !after.containers.has(name)).map(() => "removed"),
    ...added(before.networks, after.networks).map(() => "network made"),
    ...added(before.volumes, after.volumes).map(() => "volume made"),
    ...([...after.files].some(([path, text]) => before.files.get(path) !== text) ? ["file edited"] : []),
    ...added(after.missingImages, before.missingImages).map(() => "image pulled"),
  ];
}
