import type { TakenVariable } from "../core/fact-values.ts";
import type { ComposeConfigOutcome } from "../ports/compose.ts";
import { outsideNames, type OutsideNames } from "../core/compose-edit/outside-names.ts";
import type { Sources } from "./compose-sources.ts";
import type { InspectRequest } from "./context.ts";
import { readEnvFiles, variablesTaken } from "./shell-variables.ts";

export interface Written {
  readonly sources: Sources;
  readonly written: readonly OutsideNames[];
  readonly taken: readonly TakenVariable[];
}

/** What the Compose files themselves say, while Compose still reads them. */
export async function readWritten(
  { ports, environment }: Pick<InspectRequest, "ports" | "environment">,
  sources: Sources,
): Promise<Written> {
  const written = sources.files
    .filter(({ role }) => role === "compose")
    .map(({ path, text }) => outsideNames(path, text ?? ""));
  const lookup = (name: string): string | undefined => environment.get(name) ?? sources.env.get(name);
  const taken = variablesTaken({
    compose: written,
    env: sources.env,
    envText: sources.files.find(({ role }) => role === "env")?.text ?? "",
    envFiles: await readEnvFiles(ports.files, written, lookup),
    environment,
  });
  return { sources, written, taken };
}

/** The model with each `provider` that the files name, also where a version of Compose does not print it. */
export function withProviders(
  config: ComposeConfigOutcome,
  written: readonly OutsideNames[],
): ComposeConfigOutcome {
  if (config.kind !== "valid" || written.every(({ providers }) => providers.size === 0)) return config;
  const named = new Map(written.flatMap(({ providers }) => [...providers]));
  const services = config.model.services.map((service) => {
    const provider = service.provider ?? named.get(service.name);
    return provider === undefined ? service : { ...service, provider };
  });
  return { ...config, model: { ...config.model, services } };
}
