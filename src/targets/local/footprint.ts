import { z } from "zod";
import type { Footprint } from "../../core/footprint.ts";
import { digestJson, digestPattern } from "../../core/text/digest.ts";
import { readFact, type Facts } from "../../core/fact.ts";
import { parametersOf } from "../../core/fact-ids.ts";
import {
  composeSource,
  containerId,
  containerName,
  containerPorts,
  containerState,
  projectNetworks,
  stateFile,
  strayContainers,
} from "./facts/local-facts.ts";

const DigestSchema = z.string().regex(digestPattern);

/** The things that steps can change, small enough for the journal. */
export const LocalFootprintSchema = z.strictObject({
  files: z.record(z.string(), DigestSchema).describe("digest of each Compose source's fact, by path"),
  stateFile: DigestSchema.describe("digest of the fact of gh-devlake's state file"),
  containers: z
    .record(
      z.string(),
      z.strictObject({
        state: z.string().describe("state of the container"),
        identity: DigestSchema.describe("of its id; of its ports while it has never run"),
        name: z.string().describe("name of the container"),
      }),
    )
    .describe("container of each service"),
  strays: DigestSchema.describe("digest of the fact of containers beyond one per service"),
  networks: z.array(z.string()).describe("names of the project's networks"),
});
export type LocalFootprint = z.infer<typeof LocalFootprintSchema>;

export function footprintOf(facts: Facts): LocalFootprint {
  const digestOf = (id: string): string => digestJson(facts.get(id) ?? null);
  return {
    files: Object.fromEntries(
      parametersOf(facts, composeSource).map((path) => [path, digestOf(composeSource(path).id)]),
    ),
    stateFile: digestOf(stateFile().id),
    containers: Object.fromEntries(
      parametersOf(facts, containerState).map((service) => {
        const state = steadyState(facts, service);
        // A container that never ran holds nothing: one like it in its place is no difference.
        const identity = state === "created" ? containerPorts(service).id : containerId(service).id;
        const name = readFact(facts, containerName(service)) ?? "none";
        return [service, { state, identity: digestOf(identity), name }];
      }),
    ),
    strays: digestOf(strayContainers().id),
    networks: (readFact(facts, projectNetworks()) ?? []).map(({ name }) => name),
  };
}

/** Between restarts a container is now running, now restarting: the same thing. */
function steadyState(facts: Facts, service: string): string {
  const state = readFact(facts, containerState(service)) ?? "not known";
  return state === "restarting" ? "running" : state;
}

/** The files that make up the Compose model, as a footprint out of a journal names them. */
export function sourcesOf(footprint: Footprint | undefined): readonly string[] {
  return Object.keys(LocalFootprintSchema.safeParse(footprint).data?.files ?? {});
}
