import type { TakenVariable } from "../../../../core/taken-variable.ts";
import type { ComposeConfigOutcome } from "../../ports/compose.ts";
import { outsideNames, type OutsideNames } from "../../compose-edit/outside-names.ts";
import { interpolate } from "../../../../core/masking/interpolate.ts";
import { readSource, type SourceFile, type Sources } from "./compose-sources.ts";
import type { InspectRequest } from "../context.ts";
import { readEnvFiles, variablesTaken } from "./shell-variables.ts";

export interface Written {
  readonly sources: Sources;
  /** With the files that these include or extend, as far as they lie in the deployment's directory and can be read. */
  readonly withIncluded: Sources;
  readonly written: readonly OutsideNames[];
  readonly taken: readonly TakenVariable[];
}

/** What the Compose files themselves say, while Compose still reads them. */
export async function readWritten(
  { ports, environment }: Pick<InspectRequest, "ports" | "environment">,
  sources: Sources,
): Promise<Written> {
  const lookup = (name: string): string | undefined => environment.get(name) ?? sources.env.get(name);
  const written: OutsideNames[] = [];
  const included: SourceFile[] = [];
  const known = new Set(sources.files.map(({ path }) => plain(path)));
  const queue = sources.files.filter(({ role }) => role === "compose");
  for (const file of queue) {
    const names = outsideNames(plain(file.path), file.text ?? "");
    written.push(names);
    for (const named of names.composeFiles) {
      const path = plain(interpolate(named, lookup).text);
      if (known.has(path) || included.length >= MOST_INCLUDED) continue;
      known.add(path);
      const read = await readSource(ports.files, path, "compose");
      included.push(read);
      queue.push(read);
    }
  }
  const taken = variablesTaken({
    compose: written,
    env: sources.env,
    envText: sources.files.find(({ role }) => role === "env")?.text ?? "",
    envFiles: await readEnvFiles(ports.files, written, lookup),
    environment,
  });
  return { sources, withIncluded: { ...sources, files: [...sources.files, ...included] }, written, taken };
}

const MOST_INCLUDED = 20;

function plain(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "");
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
