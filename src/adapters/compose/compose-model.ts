import { parse } from "yaml";
import { z } from "zod";
import type { PublishedPort } from "../../targets/local/facts/fact-values.ts";
import type { ComposeModel, ComposeService } from "../../targets/local/ports/compose.ts";
import { fileEntriesOf, objectEntriesOf, unescaped } from "./compose-printed.ts";
import { publishedPortOf, volumeOf } from "./compose-short-syntax.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const LongPort = z.looseObject({
  target: z.coerce.number().int(),
  published: z.union([z.string(), z.number()]).optional(),
  protocol: z.string().optional(),
  host_ip: z.string().optional(),
});

const Service = z.looseObject({
  image: z.string().nullish(),
  ports: z.array(z.union([LongPort, z.string(), z.number()])).nullish(),
  depends_on: z
    .union([
      z.array(z.string()),
      z.record(z.string(), z.looseObject({ condition: z.string().optional() }).nullish()),
    ])
    .nullish(),
  restart: z.string().nullish(),
  volumes: z
    .array(
      z.union([
        z.string(),
        z.looseObject({ type: z.string(), source: z.string().optional(), target: z.string() }),
      ]),
    )
    .nullish(),
  environment: z.union([z.array(z.string()), z.record(z.string(), scalar.nullable())]).nullish(),
  provider: z.unknown().optional(),
  build: z.unknown().optional(),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).nullish(),
});

/** The part we read of the model that Compose prints; all else may be there too. */
const PrintedModel = z.looseObject({
  name: z.string().optional(),
  services: z.record(z.string(), Service).nullish(),
  volumes: z.record(z.string(), z.looseObject({ name: z.string().optional() }).nullable()).nullish(),
  networks: z.record(z.string(), z.looseObject({ name: z.string().optional() }).nullable()).nullish(),
});

/**
 * Reads what `config` printed: JSON (v2), or the YAML of docker-compose v1, which has no project name,
 * no volume names and some short forms. `projectName` is used where the text has none.
 * Throws ZodError or YAMLParseError when it is not a Compose model.
 */
export function readComposeModel(printed: string, projectName: string): ComposeModel {
  // JSON.parse is far quicker than a YAML parser, and all but v1 print JSON.
  const data: unknown = printed.trimStart().startsWith("{")
    ? JSON.parse(printed)
    : parse(printed, { schema: "core" });
  const model = PrintedModel.parse(data);
  const isJson = printed.trimStart().startsWith("{");
  const project = model.name ?? projectName;
  const settings = settingsIn({ ...model, services: withoutEnvironments(model.services ?? {}) }, false, "");
  const volumes = new Map(
    Object.entries(model.volumes ?? {}).map(([key, volume]) => [key, volume?.name ?? `${project}_${key}`]),
  );
  const networkNamed = (key: string): string => model.networks?.[key]?.name ?? `${project}_${key}`;
  return {
    project,
    services: Object.entries(model.services ?? {}).map(([name, service]) =>
      serviceOf(name, service, volumes, networkNamed),
    ),
    volumes: [...volumes.values()],
    networkEntries: objectEntriesOf(model.networks, networkNamed, isJson),
    volumeEntries: objectEntriesOf(model.volumes, (key) => volumes.get(key) ?? key, isJson),
    fileEntries: { secrets: fileEntriesOf(model["secrets"]), configs: fileEntriesOf(model["configs"]) },
    ...(settings.length > 0 && { settings }),
  };
}

/**
 * The name Compose gives a project by its directory (compose-go `NormalizeProjectName`; v1 differs only
 * in keeping leading dashes and underscores, which Engine object names refuse anyway).
 */
export function projectNameOf(directoryName: string): string {
  return directoryName
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}

function serviceOf(
  name: string,
  service: z.infer<typeof Service>,
  realNames: ReadonlyMap<string, string>,
  networkNamed: (key: string) => string,
): ComposeService {
  const { networks } = service;
  const mounts = (service.volumes ?? []).flatMap((entry) =>
    typeof entry === "string" || entry.source === undefined
      ? []
      : [
          {
            type: entry.type,
            source: entry.type === "volume" ? (realNames.get(entry.source) ?? entry.source) : entry.source,
            target: entry.target,
          },
        ],
  );
  const jobs = Object.entries(Array.isArray(service.depends_on) ? {} : (service.depends_on ?? {}))
    .filter(([, how]) => how?.condition === "service_completed_successfully")
    .map(([job]) => job);
  return {
    name,
    image: service.image ?? undefined,
    ports: (service.ports ?? []).flatMap((entry) => portOf(entry) ?? []),
    dependsOn: Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {}),
    ...(jobs.length > 0 && { dependsOnEndOf: jobs }),
    ...(mounts.length > 0 && { mounts }),
    restart: service.restart ?? undefined,
    volumes: [...new Set((service.volumes ?? []).flatMap((entry) => namedVolumeOf(entry) ?? []))],
    ...(networks && {
      networks: (Array.isArray(networks) ? networks : Object.keys(networks)).map(networkNamed),
    }),
    environment: environmentOf(service.environment ?? {}),
    ...(service.build !== undefined && service.build !== null && { buildsImage: true as const }),
    ...providerOf(service.provider),
    printed: unescaped(service),
  };
}

const Provider = z.looseObject({ type: z.string() });

/** Whatever stands there may name a program, so no form of it is passed over. */
function providerOf(printed: unknown): { readonly provider?: string } {
  if (printed === undefined || printed === null) return {};
  const provider = Provider.safeParse(printed);
  return { provider: provider.success ? provider.data.type : "unknown" };
}

function portOf(entry: z.infer<typeof LongPort> | string | number): PublishedPort | undefined {
  if (typeof entry !== "object") return publishedPortOf(String(entry));
  const published = Number(entry.published ?? 0);
  const protocol = entry.protocol ?? "tcp";
  // No host port, a range that the Engine picks from (`8080-8090`), or a protocol we do not follow (sctp).
  if (!Number.isInteger(published) || published < 1) return undefined;
  if (protocol !== "tcp" && protocol !== "udp") return undefined;
  return {
    published,
    target: entry.target,
    protocol,
    ...(entry.host_ip !== undefined && entry.host_ip !== "" && { hostIp: entry.host_ip }),
  };
}

function namedVolumeOf(
  entry: string | { readonly type: string; readonly source?: string | undefined },
): string | undefined {
  if (typeof entry === "string") return volumeOf(entry);
  // Without a source it is an anonymous volume.
  return entry.type === "volume" ? entry.source : undefined;
}

function environmentOf(
  printed: readonly string[] | Readonly<Record<string, z.infer<typeof scalar> | null>>,
): Readonly<Record<string, string>> {
  const entries: readonly (readonly [string, string | undefined])[] = Array.isArray(printed)
    ? printed.map((entry: string) => {
        const at = entry.indexOf("=");
        return at < 0 ? [entry, undefined] : [entry.slice(0, at), entry.slice(at + 1)];
      })
    : Object.entries(printed).map(([key, value]) => [key, value === null ? undefined : String(value)]);
  // `config` prints `$` as `$$`, so that its output can be read back (v1.29 and v2.26 both, tried).
  return Object.fromEntries(
    entries.flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value.replaceAll("$$", () => "$")]],
    ),
  );
}

/** What stands below `args`, `content` and `x-...`, and environments of hooks, wherever they are in the model. */
function settingsIn(value: unknown, isInside: boolean, name: string): [name: string, value: string][] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => settingsIn(item, isInside, name));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, member]) =>
      settingsIn(member, isInside || /^(?:args|content|environment|x-.*)$/.test(key), key),
    );
  if (!isInside || !["string", "number", "boolean"].includes(typeof value)) return [];
  const text = String(scalar.parse(value)).replaceAll("$$", () => "$");
  const assignment = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(text);
  return [assignment === null ? [name, text] : [assignment[1] ?? "", assignment[2] ?? ""]];
}

function withoutEnvironments(services: Readonly<Record<string, object>>): object {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, { ...service, environment: null }]),
  );
}
