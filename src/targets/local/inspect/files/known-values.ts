import { commentedOut, composeSettings } from "../../masking/compose-settings.ts";
import { embeddedSecrets, strayLines } from "../../../../core/masking/embedded-secrets.ts";
import { isHarmless } from "../../../../core/masking/harmless-values.ts";
import { knownSecretsOf, type KnownSecrets, type Setting } from "../../../../core/masking/known-secrets.ts";
import { isSecretName } from "../../../../core/masking/secret-names.ts";
import type { ComposeConfigOutcome } from "../../ports/compose.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import { envLines, interpolatedNames, variablesOfSecrets, type Sources } from "./compose-sources.ts";
import type { InspectRequest } from "../context.ts";

interface Seen {
  readonly request: Pick<InspectRequest, "environment" | "secretVariables">;
  readonly sources: Sources;
  readonly config: ComposeConfigOutcome;
  readonly own: readonly ContainerDetails[];
}

/** What must not be seen of this deployment: every value that somebody set, unless it is known to be harmless. */
export function knownValues(seen: Seen): KnownSecrets {
  const { environment, secretVariables = [] } = seen.request;
  const settings = [...settingsOf(seen)];
  // Files name variables of secrets under other names: `ENCRYPTION_SECRET: ${DL_ES}`.
  const aliases = new Set(variablesOfSecrets(seen.sources));
  const named = settings.map(([name, value]): Setting => [
    aliases.has(name) ? `${name}_SECRET` : name,
    value,
  ]);
  const secretNames = new Set(secretVariables);
  const further = [...environment].filter(([name]) => secretNames.has(name));
  return knownSecretsOf([...settings, ...named, ...further], namesOf(seen), secretNames);
}

function settingsOf({ request, sources, config, own }: Seen): readonly Setting[] {
  const settings: Setting[] = [...sources.env];
  for (const { role, text = "" } of sources.files) {
    // What stands in a line is masked though Compose reads it as a part of another value.
    if (role === "env") {
      const stray = [...strayLines(text), ...embeddedSecrets(text)].map((value): Setting => [
        "SECRET",
        value,
      ]);
      settings.push(...envLines(text), ...commentedOut(text), ...stray);
    } else settings.push(...composeSettings(text));
  }
  for (const name of interpolatedNames(sources)) {
    const value = request.environment.get(name);
    if (value !== undefined) settings.push([name, value]);
  }
  if (config.kind === "valid") {
    settings.push(...(config.model.settings ?? []));
    for (const service of config.model.services) settings.push(...Object.entries(service.environment));
  }
  settings.push(...own.flatMap(environmentOf));
  return settings;
}

function environmentOf({ env }: ContainerDetails): readonly Setting[] {
  return env.flatMap((entry) => {
    const at = entry.indexOf("=");
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
  });
}

/** Names that stand in every text about this deployment, as it writes them itself. */
function namesOf({ sources, config, own }: Seen): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (...found: readonly (string | undefined)[]): void => {
    for (const name of found) if (name !== undefined && name !== "") names.add(name);
  };
  const texts = sources.files.flatMap(({ role, text }) => (role === "compose" ? [text ?? ""] : []));
  for (const text of texts) {
    for (const [, image = ""] of text.matchAll(/^\s*image:\s*["']?([^\s"'#]+)/gm))
      add(...image.replaceAll(/\$\{[^}]*\}?|\$\w+/g, " ").split(" "));
  }
  if (config.kind === "valid") {
    const { project, services, volumes } = config.model;
    add(project, ...services.map(({ name }) => name), ...services.flatMap((service) => service.volumes));
    // One that is put together from variables may hold anything.
    add(...volumes.filter((name) => isWritten(name, project, texts)));
  }
  for (const { name, networks, labels } of own)
    add(name, labels["com.docker.compose.project"], ...networks.map((network) => network.name));
  for (const [name, value] of databaseNames({ sources, config, own }))
    if (isHarmless(name, value)) add(value);
  return names;
}

function isWritten(volume: string, project: string, texts: readonly string[]): boolean {
  const key = volume.startsWith(`${project}_`) ? volume.slice(project.length + 1) : volume;
  return texts.some((text) => text.includes(key));
}

/** Users and databases: the parts of DB_URL that stay readable, and what the images call them. */
function databaseNames({
  sources,
  config,
  own,
}: Pick<Seen, "sources" | "config" | "own">): readonly Setting[] {
  const settings: Setting[] = [...sources.env];
  if (config.kind === "valid")
    settings.push(...config.model.services.flatMap(({ environment }) => Object.entries(environment)));
  settings.push(...own.flatMap(environmentOf));
  return settings.flatMap(([name, value]): readonly Setting[] => {
    const url =
      /^(?:mysql|mariadb|postgres(?:ql)?):\/\/([^:@/]{1,40})(?::[\s\S]*)?@([\w.-]{1,80})(?::\d{1,5})?(?:\/(\w{1,64}))?/.exec(
        value,
      );
    if (url !== null && !isSecretName(name))
      return [
        ["DB_USER", url[1] ?? ""],
        ["DB_HOST", url[2] ?? ""],
        ["DB_NAME", url[3] ?? ""],
      ];
    return /(?:_USER|_DATABASE|_DB|_HOST)$/.test(name) ? [[name, value]] : [];
  });
}
