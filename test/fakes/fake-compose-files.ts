import { parse } from "yaml";
import { readComposeModel } from "../../src/adapters/compose/compose-model.ts";
import { parseEnv } from "../../src/targets/local/inspect/files/compose-sources.ts";
import type { ComposeConfigOutcome } from "../../src/targets/local/ports/compose.ts";

/** What Compose would make of these texts; `texts` maps a file name to its text. */
export function composeConfig(
  project: string,
  texts: ReadonlyMap<string, string>,
  shell: ReadonlyMap<string, string>,
): ComposeConfigOutcome {
  const base = texts.get("docker-compose.yml");
  if (base === undefined) return { kind: "no_compose_file", message: "no configuration file provided" };
  const env = parseEnv(texts.get(".env") ?? "");
  const lookUp = (name: string): string | undefined => shell.get(name) ?? env.get(name);
  try {
    const model = interpolated(parse(base, { schema: "core" }), lookUp) as RawModel;
    for (const service of Object.values(model.services)) {
      service.volumes = service.volumes?.map(longMount);
      if (service.network_mode === undefined) service.networks ??= { default: null };
      if (service.env_file === undefined) continue;
      if (!texts.has(".env"))
        return { kind: "env_file_missing", path: ".env", message: "env file .env not found" };
      service.environment = { ...Object.fromEntries(env), ...service.environment };
    }
    return {
      kind: "valid",
      model: readComposeModel(JSON.stringify({ ...printedModel(model, project), name: project }), project),
    };
  } catch (thrown) {
    return { kind: "invalid", message: String(thrown) };
  }
}

/** With the network that each project has, and real names, as Compose prints them. */
function printedModel(model: RawModel, project: string): object {
  const named = (entries: RawModel["volumes"]): object =>
    Object.fromEntries(
      Object.entries(entries ?? {}).map(([key, entry]) => [key, { name: `${project}_${key}`, ...entry }]),
    );
  return { ...model, networks: named({ default: null, ...model.networks }), volumes: named(model.volumes) };
}

/** `SOURCE:TARGET[:ro]` as Compose prints it. */
function longMount(entry: unknown): unknown {
  const [source = "", target, mode] = typeof entry === "string" ? entry.split(":") : [];
  if (target === undefined) return entry;
  const type = /^[./~]/.test(source) ? "bind" : "volume";
  return { type, source, target, ...(mode === "ro" && { read_only: true }) };
}

interface RawModel {
  readonly networks?: Record<string, object | null>;
  readonly volumes?: Record<string, object | null>;
  readonly services: Record<
    string,
    {
      env_file?: readonly string[];
      environment?: Record<string, string> | undefined;
      volumes?: unknown[] | undefined;
      networks?: unknown;
      network_mode?: string;
    }
  >;
}

/** `${NAME}`, `${NAME:-default}` and `$$`; enough for the files of the tests. */
function interpolated(value: unknown, lookUp: (name: string) => string | undefined): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\$(?:\$|\{(\w+)(?::?-([^}]*))?\})/g, (whole, name?: string, fallback?: string) =>
      whole === "$$" || name === undefined ? "$" : (lookUp(name) ?? fallback ?? ""),
    );
  }
  if (Array.isArray(value)) return value.map((member) => interpolated(member, lookUp));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, interpolated(member, lookUp)]),
  );
}
