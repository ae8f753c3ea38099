import { parse } from "yaml";
import { readComposeModel } from "../../src/adapters/compose-model.ts";
import { parseEnv } from "../../src/inspect/compose-sources.ts";
import type { ComposeConfigOutcome } from "../../src/ports/compose.ts";

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
      if (service.env_file === undefined) continue;
      if (!texts.has(".env"))
        return { kind: "env_file_missing", path: ".env", message: "env file .env not found" };
      service.environment = { ...Object.fromEntries(env), ...service.environment };
    }
    return { kind: "valid", model: readComposeModel(JSON.stringify({ ...model, name: project }), project) };
  } catch (thrown) {
    return { kind: "invalid", message: String(thrown) };
  }
}

interface RawModel {
  readonly services: Record<
    string,
    { env_file?: readonly string[]; environment?: Record<string, string> | undefined }
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
