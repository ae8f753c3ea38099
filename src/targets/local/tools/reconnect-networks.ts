import { z } from "zod";
import type { LackingNetwork } from "../facts/change-facts.ts";
import { FactsDraft, readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { previewedChecks, staysCutOff, withHealth } from "../health/healthy-facts.ts";
import {
  composeProject,
  containerHealth,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerNetworksLacking,
  containerState,
  portHolder,
  serviceModel,
} from "../facts/local-facts.ts";
import { steadyState } from "../facts/steady-state.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { awaitHealth } from "./await-health.ts";
import { type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool } from "./define-local-tool.ts";
import { connectAll } from "./start/network-connections.ts";
import { connectionsToMake, previewTakeOff, recordOf, takeOffAll } from "./start/network-undo.ts";
import { portProblems } from "./start/start-problems.ts";

/** Connects containers that are off their networks, running or not; the containers and all that they have stay. */
export const reconnectNetworks = defineLocalTool({
  name: "reconnect_networks",
  version: 1,
  summary:
    "connects containers of the deployment to the networks that they should be on and are not; the containers, their environment and their state stay",
  effect: "mutating",
  reversible: "full",
  coveredBySafe: true,
  downtimeSeconds: 0,
  retry: { attempts: 1, timeoutMs: 120_000 },
  args: z.strictObject({
    services: z.array(z.string()).min(1).describe("services whose container is connected again"),
  }),
  reads: ({ services: chosen }, facts) => [
    composeProject(),
    ...chosen.flatMap((service): readonly FactRef<unknown>[] => [
      ...steadyState(facts, service),
      containerId(service),
      containerName(service),
      containerNetworksLacking(service),
      containerNetworkCutOff(service),
      containerNetworkMissing(service),
      ...(isUp(facts, service)
        ? (readFact(facts, serviceModel(service))?.ports ?? []).map(({ published }) => portHolder(published))
        : []),
    ]),
  ],
  check: ({ services: chosen }, facts) => chosen.flatMap((service) => connectProblems(facts, service)),
  simulate: ({ services: chosen }, facts) => {
    const connected = withNetworks(facts, chosen);
    return isComplete(connected) ? withHealth(connected, { how: "connect", started: chosen }) : connected;
  },
  preview: ({ services: chosen }, facts) => {
    const lines = chosen.flatMap((service) =>
      lackingOf(facts, service).map(
        (network) => `connect container ${nameOf(facts, service)} to network ${described(network)}`,
      ),
    );
    const checks = previewedChecks(facts);
    const waits = isComplete(withNetworks(facts, chosen)) && checks.length > 0;
    return [...lines, ...(waits ? [`then wait for: ${checks.join(", ")}`] : []), ""].join("\n");
  },
  prepareUndo: async ({ services: chosen }, facts, write, context) =>
    recordOf(await connectionsToMake(chosen, facts, write, context)),
  execute: async ({ services: chosen }, facts, write, context) => {
    if (context.signal.aborted) return { kind: "interrupted" };
    const deadline = context.clock.monotonicMs() + context.timeoutMs;
    const targets = await connectionsToMake(chosen, facts, write, context);
    for (const { id, name, networks } of targets) {
      const end = await connectAll({ id, name }, networks, write, context);
      if (end !== undefined) return end;
    }
    if (isComplete(withNetworks(facts, chosen))) return awaitHealth(context, deadline);
    return { kind: "done", note: `connected ${targets.map(({ name }) => name).join(", ")}` };
  },
  verify: ({ services: chosen }, facts) =>
    chosen.flatMap((service): readonly UnmetPrecondition[] => {
      if (readFact(facts, containerNetworkMissing(service)) === true) {
        const message = `${service} refers to a network that is gone, and cannot start`;
        return [{ fact: containerNetworkMissing(service).id, message }];
      }
      const [lacking] = lackingOf(facts, service);
      const network = lacking?.network ?? readFact(facts, containerNetworkCutOff(service));
      if (network === undefined) return [];
      const { id } =
        lacking === undefined ? containerNetworkCutOff(service) : containerNetworksLacking(service);
      return [{ fact: id, message: `${service} is not connected to its network ${network}` }];
    }),
  undo: takeOffAll,
  previewUndo: previewTakeOff,
});

function lackingOf(facts: Facts, service: string): readonly LackingNetwork[] {
  return readFact(facts, containerNetworksLacking(service)) ?? [];
}

function nameOf(facts: Facts, service: string): string {
  return readFact(facts, containerName(service)) ?? service;
}

function isUp(facts: Facts, service: string): boolean {
  const state = readFact(facts, containerState(service));
  return state === "running" || state === "restarting" || state === "paused";
}

function described({ network, aliases, ipv4, ipv6 }: LackingNetwork): string {
  const addresses = [ipv4, ipv6].filter((address) => address !== undefined);
  const parts = [
    ...(aliases.length === 0 ? [] : [`as ${aliases.join(", ")}`]),
    ...(addresses.length === 0 ? [] : [`with the address ${addresses.join(" and ")}`]),
  ];
  return [network, ...parts].join(" ");
}

function connectProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service));
  if (state === undefined || state === "absent" || state === "dead" || state === "removing") {
    const message = `the container of ${service} is ${state ?? "unknown"}; it cannot be connected`;
    return [{ fact: containerState(service).id, message }];
  }
  if (lackingOf(facts, service).length === 0) {
    const message = `the facts name no network that ${service} lacks`;
    return [{ fact: containerNetworksLacking(service).id, message }];
  }
  // With its network it gets its ports.
  return isUp(facts, service) ? portProblems(facts, service) : [];
}

function withNetworks(facts: Facts, chosen: readonly string[]): Facts {
  const draft = new FactsDraft(facts);
  for (const service of chosen) {
    draft.remove(containerNetworksLacking(service)).remove(containerNetworkCutOff(service));
    // Made again under its name, it takes the place of the one that is gone.
    if (facts.has(containerNetworkMissing(service).id)) draft.set(containerNetworkMissing(service), false);
    if (!isUp(facts, service)) continue;
    for (const { published } of readFact(facts, serviceModel(service))?.ports ?? [])
      if (readFact(facts, portHolder(published))?.kind === "free")
        draft.set(portHolder(published), { kind: "own", service });
  }
  const connected = draft.facts();
  if (!isComplete(connected)) return connected;
  // A health check that failed for want of what could not be reached is asked anew.
  for (const service of servicesToRun(connected))
    if (readFact(connected, containerHealth(service)) === "unhealthy")
      draft.set(containerHealth(service), "starting");
  return draft.facts();
}

/** Health can only be promised when nothing else is missing. */
function isComplete(facts: Facts): boolean {
  return servicesToRun(facts).every((service) => {
    const state = readFact(facts, containerState(service));
    if (state !== "running" && state !== "restarting") return false;
    return lackingOf(facts, service).length === 0 && !staysCutOff(facts, service);
  });
}
