import { errorText } from "../../core/errors.ts";
import type { EngineEndpoint } from "../../targets/local/ports/docker.ts";
import { defaultAddress, parseDockerAddress, type DockerConnection } from "./docker-address.ts";
import {
  readContext,
  readCurrentContext,
  readEnvironmentTls,
  type ReadFile,
  type TlsOptions,
} from "./docker-context-store.ts";

/** All that decides where the Engine is looked for. */
export interface EndpointLookup {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly readFile: ReadFile;
}

export type EndpointResolution =
  | { readonly kind: "resolved"; readonly endpoint: EngineEndpoint; readonly connection: DockerConnection }
  | { readonly kind: "broken"; readonly endpoint: EngineEndpoint; readonly error: string };

/**
 * Finds the Engine as the docker CLI does: `DOCKER_HOST`, else the context that `DOCKER_CONTEXT` or
 * config.json's `currentContext` names, else the default socket. Never throws: what the CLI would stop at
 * comes back as `broken`. The order is that of docker/cli, `resolveContextName` in cli/command/cli.go.
 */
export async function resolveDockerEndpoint(lookup: EndpointLookup): Promise<EndpointResolution> {
  const { env } = lookup;
  const directory = env["DOCKER_CONFIG"] || `${lookup.home}/.docker`;
  if (env["DOCKER_HOST"]) return fromEnvironment(lookup, directory, "DOCKER_HOST");
  if (env["DOCKER_CONTEXT"]) {
    const name = env["DOCKER_CONTEXT"];
    if (name === "default")
      return fromEnvironment(lookup, directory, "default socket (DOCKER_CONTEXT=default)");
    return fromContext(lookup, directory, name, `DOCKER_CONTEXT=${name}`);
  }
  const configFile = env["DOCKER_CONFIG"] ? `${directory}/config.json` : "~/.docker/config.json";
  const current = await readCurrentContext(`${directory}/config.json`, lookup.readFile);
  switch (current.kind) {
    case "ignored":
      return fromEnvironment(lookup, directory, `default socket (${current.why}, so it is ignored)`);
    case "named":
      if (current.name === "default") return fromEnvironment(lookup, directory, "default socket");
      return fromContext(
        lookup,
        directory,
        current.name,
        `current context "${current.name}" in ${configFile}`,
      );
    case "none":
      return fromEnvironment(lookup, directory, "default socket");
  }
}

/** The context named "default": made of the environment, and never stored. */
async function fromEnvironment(
  lookup: EndpointLookup,
  directory: string,
  source: string,
): Promise<EndpointResolution> {
  const { env, platform } = lookup;
  const host = (env["DOCKER_HOST"] ?? "").trim();
  // Any non-empty value counts, even DOCKER_TLS_VERIFY=0.
  const verify = Boolean(env["DOCKER_TLS_VERIFY"]);
  const wantsTls = verify || Boolean(env["DOCKER_TLS"]);
  const chosen = hostOrDefault(host, wantsTls, platform);
  const named =
    host === "" && wantsTls ? `${verify ? "DOCKER_TLS_VERIFY" : "DOCKER_TLS"} without DOCKER_HOST` : source;
  let tls: TlsOptions | undefined;
  try {
    if (wantsTls)
      tls = await readEnvironmentTls(env["DOCKER_CERT_PATH"] || directory, verify, lookup.readFile);
  } catch (error) {
    const why = `the TLS files that ${verify ? "DOCKER_TLS_VERIFY" : "DOCKER_TLS"} asks for cannot be read`;
    const hint = "set DOCKER_CERT_PATH to their directory, or unset it";
    const parsed = parseDockerAddress(chosen, { platform, tcpPort: 2375, tls });
    return {
      kind: "broken",
      endpoint: { address: parsed.address, source: named },
      error: `${why}: ${errorText(error)}: ${hint}`,
    };
  }
  return resolution(chosen, { platform, tcpPort: 2375, tls }, { source: named });
}

function hostOrDefault(host: string, wantsTls: boolean, platform: NodeJS.Platform): string {
  if (host !== "") return host.includes("://") ? host : `tcp://${host}`;
  return wantsTls ? "tcp://localhost:2376" : defaultAddress(platform);
}

async function fromContext(
  lookup: EndpointLookup,
  directory: string,
  name: string,
  source: string,
): Promise<EndpointResolution> {
  const context = await readContext(name, directory, lookup.readFile);
  if (context.kind === "broken") {
    return { kind: "broken", endpoint: { address: "unknown", source, context: name }, error: context.error };
  }
  const address = context.host || defaultAddress(lookup.platform);
  const tcpPort = context.tls === undefined ? 80 : 443;
  return resolution(
    address,
    { platform: lookup.platform, tcpPort, tls: context.tls },
    { source, context: name },
  );
}

function resolution(
  text: string,
  options: Parameters<typeof parseDockerAddress>[1],
  named: { readonly source: string; readonly context?: string },
): EndpointResolution {
  const parsed = parseDockerAddress(text, options);
  const endpoint = { address: parsed.address, ...named };
  if (parsed.kind === "ok") return { kind: "resolved", endpoint, connection: parsed.connection };
  return { kind: "broken", endpoint, error: `${parsed.error} (from ${named.source})` };
}
