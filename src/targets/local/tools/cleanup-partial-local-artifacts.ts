import { z } from "zod";
import { errorText, RepairError } from "../../../core/errors.ts";
import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import {
  composeProject,
  containerChanges,
  containerError,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerNetworksLacking,
  containerNotSeen,
  containerOnlySecrets,
  containerPorts,
  containerPublished,
  containerState,
  containerUnnamedData,
  otherUnnamedData,
  serviceImage,
  strayContainers,
} from "../facts/local-facts.ts";
import { staysCutOff } from "../health/healthy-facts.ts";
import { withoutHolders } from "../losses/kept-secrets.ts";
import { recreationLossReads, whatRecreationLoses } from "../losses/what-recreation-loses.ts";
import { type Execution, type StepContext, type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool, type LocalWritePorts, FURTHER_CONTAINERS } from "./define-local-tool.ts";

// Compose's label (docs.docker.com, Compose file reference, labels).
const PROJECT_LABEL = "com.docker.compose.project";

/** Removes this project's own containers that never ran or can never start again. Never volumes. */
export const cleanupPartialLocalArtifacts = defineLocalTool({
  name: "cleanup_partial_local_artifacts",
  version: 2,
  summary:
    "removes this project's own created, dead or unstartable containers; never volumes, images or running ones",
  effect: "mutating",
  reversible: "not-needed",
  downtimeSeconds: 0,
  retry: { attempts: 2, timeoutMs: 60_000 },
  args: z.strictObject({
    services: z
      .array(z.string())
      .describe("services whose container is removed; Compose creates it from the files again"),
    containers: z.array(z.string()).describe(FURTHER_CONTAINERS),
  }),
  reads: ({ services }, facts) => [
    composeProject(),
    strayContainers(),
    ...recreationLossReads(facts, services),
    ...services.flatMap((service) => [
      containerState(service),
      containerId(service),
      containerNetworkMissing(service),
      ...(staysCutOff(facts, service) ? [containerNetworkCutOff(service)] : []),
    ]),
  ],
  check: ({ services, containers }, facts) => [
    ...services.flatMap((service) => serviceProblem(facts, service)),
    ...containers.flatMap((name) => otherProblem(facts, name)),
    ...whatRecreationLoses(facts, services, containers).map(({ fact, message }) => ({ fact, message })),
    ...(services.length + containers.length === 0
      ? [{ fact: composeProject().id, message: "there is nothing to remove" }]
      : []),
  ],
  simulate: ({ services, containers }, facts) => {
    const names = targets(facts, services, containers).map(({ name }) => name);
    const draft = new FactsDraft(withoutHolders(facts, names));
    for (const service of services) {
      draft.set(containerState(service), "absent");
      for (const ref of ofContainer) draft.remove(ref(service));
      const image = readFact(facts, serviceImage(service));
      if (image === undefined) continue;
      const { running: _name, moved: _moved, runningVersion: _version, ...wanted } = image;
      draft.set(serviceImage(service), wanted);
    }
    const left = (readFact(facts, strayContainers()) ?? []).filter(({ name }) => !containers.includes(name));
    const data = (readFact(facts, otherUnnamedData()) ?? []).filter(
      ({ container }) => !names.includes(container),
    );
    if (data.length === 0) draft.remove(otherUnnamedData());
    else draft.set(otherUnnamedData(), data);
    return draft.set(strayContainers(), left).facts();
  },
  preview: ({ services, containers }, facts) =>
    targets(facts, services, containers)
      .map(({ name, state }) => `remove container ${name} (${state}); volumes are kept\n`)
      .join(""),
  execute: async ({ services, containers }, facts, write, context) => {
    const removed: string[] = [];
    for (const target of targets(facts, services, containers)) {
      const found = await lookAgain(target, write, context);
      if ("problem" in found) return failed(found.problem, removed);
      try {
        await write.docker.removeContainer(found.id);
      } catch (thrown) {
        const message = `container ${target.name}: ${context.redact(errorText(thrown))}`;
        // Only a refusal is known to have removed nothing; an answer that was lost says neither.
        return thrown instanceof RepairError ? failed(message, removed) : { kind: "unknown", message };
      }
      removed.push(target.name);
    }
    return { kind: "done", note: `removed ${removed.join(", ")}` };
  },
  verify: ({ services, containers }, facts) => [
    ...services
      .filter((service) => readFact(facts, containerState(service)) !== "absent")
      .map((service) => ({
        fact: containerState(service).id,
        message: `the container of ${service} is still there`,
      })),
    ...(readFact(facts, strayContainers()) ?? [])
      .filter(({ name }) => containers.includes(name))
      .map(({ name }) => ({ fact: strayContainers().id, message: `container ${name} is still there` })),
  ],
});

const ofContainer = [
  containerChanges,
  containerNetworksLacking,
  containerNotSeen,
  containerOnlySecrets,
  containerPublished,
  containerUnnamedData,
  containerId,
  containerName,
  containerNetworkMissing,
  containerNetworkCutOff,
  containerError,
  containerPorts,
];

function failed(message: string, removed: readonly string[]): Execution {
  const so = removed.length === 0 ? "nothing was removed" : `already removed: ${removed.join(", ")}`;
  return { kind: "failed", transient: false, message: `${message} (${so})` };
}

interface RemovalTarget {
  readonly name: string;
  readonly id: string;
  readonly state: string;
}

/** The container as it is at this moment: somebody may have started it since the facts were read. */
async function lookAgain(
  { name, id, state }: RemovalTarget,
  { docker }: LocalWritePorts,
  context: StepContext,
): Promise<{ readonly id: string } | { readonly problem: string }> {
  try {
    const found = await docker.inspect(id);
    const project = found.labels[PROJECT_LABEL] ?? "none";
    if (found.name !== name || project !== context.target.project || found.state !== state)
      return { problem: `container ${name} is now ${found.name}, ${found.state}, of project ${project}` };
    return { id: found.id };
  } catch (thrown) {
    return { problem: `container ${name}: ${context.redact(errorText(thrown))}` };
  }
}

function targets(
  facts: Facts,
  services: readonly string[],
  containers: readonly string[],
): readonly RemovalTarget[] {
  return [
    ...services.map((service) => ({
      name: readFact(facts, containerName(service)) ?? service,
      id: readFact(facts, containerId(service)) ?? "",
      state: readFact(facts, containerState(service)) ?? "unknown",
    })),
    ...containers.map((name) => ({
      name,
      id: name,
      state: readFact(facts, strayContainers())?.find((other) => other.name === name)?.state ?? "unknown",
    })),
  ];
}

function serviceProblem(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service));
  if (state === "created" || state === "dead") return [];
  const isUnstartable =
    readFact(facts, containerNetworkMissing(service)) === true || staysCutOff(facts, service);
  if (state === "exited" && isUnstartable) return [];
  return [
    {
      fact: containerState(service).id,
      message: `the container of ${service} is ${state ?? "unknown"}; only created, dead or unstartable ones are removed`,
    },
  ];
}

function otherProblem(facts: Facts, name: string): readonly UnmetPrecondition[] {
  const other = readFact(facts, strayContainers())?.find((candidate) => candidate.name === name);
  if (other?.state === "created" || other?.state === "dead") return [];
  const is = other === undefined ? "no further container of this project" : other.state;
  return [{ fact: strayContainers().id, message: `container ${name} is ${is}` }];
}
