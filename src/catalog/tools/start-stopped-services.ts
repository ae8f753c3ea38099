import { z } from "zod";
import { readFact, type Facts } from "../../core/fact.ts";
import { hasOldPorts, staysCutOff, withHealth, withRunning } from "../../core/healthy-facts.ts";
import {
  composeProject,
  containerId,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerPorts,
  containerState,
  portHolder,
  serviceModel,
} from "../../core/local-facts.ts";
import { servicesToRun } from "../../core/needed-services.ts";
import { awaitHealth } from "../await-health.ts";
import { providerFacts, providerProblems } from "../provider-problems.ts";
import { cutOffBy, cutOffProblem } from "../cut-off-after-start.ts";
import { composeRunOptions, executionOf } from "../compose-run.ts";
import { defineTool, type UnmetPrecondition } from "../define-tool.ts";

/** Starts containers that exist and are stopped, then waits for health; makes and changes nothing. */
export const startStoppedServices = defineTool({
  name: "start_stopped_services",
  version: 1,
  summary: "starts stopped containers of the deployment as they are and waits until DevLake is healthy",
  effect: "safe",
  reversible: "not-needed",
  downtimeSeconds: 5,
  retry: { attempts: 2, timeoutMs: 120_000 },
  args: z.strictObject({ services: z.array(z.string()).min(1).describe("services to start") }),
  reads: ({ services: chosen }, facts) => [
    composeProject(),
    ...providerFacts(facts),
    ...chosen.flatMap((service) => [
      containerState(service),
      containerId(service),
      containerPorts(service),
      ...(staysCutOff(facts, service) ? [containerNetworkCutOff(service)] : []),
      ...(readFact(facts, serviceModel(service))?.ports ?? []).map(({ published }) => portHolder(published)),
    ]),
  ],
  check: ({ services: chosen }, facts) => [
    ...providerProblems(facts),
    ...chosen.flatMap((service): readonly UnmetPrecondition[] => {
      const state = readFact(facts, containerState(service));
      if (state !== "exited" && state !== "created") {
        return [
          {
            fact: containerState(service).id,
            message: `${service} is ${state ?? "unknown"}; it must be exited`,
          },
        ];
      }
      if (readFact(facts, containerNetworkMissing(service)) === true) {
        return [{ fact: containerNetworkMissing(service).id, message: `the network of ${service} is gone` }];
      }
      const cutOff = cutOffProblem(facts, service);
      if (cutOff.length > 0) return cutOff;
      if (hasOldPorts(facts, service)) {
        return [
          {
            fact: containerPorts(service).id,
            message: `the container of ${service} was made with other ports than the Compose files want`,
          },
        ];
      }
      return (readFact(facts, serviceModel(service))?.ports ?? []).flatMap(({ published }) => {
        const holder = readFact(facts, portHolder(published))?.kind ?? "unknown";
        return holder === "container" || holder === "process"
          ? [
              {
                fact: portHolder(published).id,
                message: `port ${published} of ${service} is held by a ${holder}`,
              },
            ]
          : [];
      });
    }),
  ],
  simulate: ({ services: chosen }, facts) => {
    const started = withRunning(facts, chosen);
    return isComplete(started, chosen) ? withHealth(started, { how: "start", started: chosen }) : started;
  },
  preview: ({ services: chosen }) => `compose start ${chosen.join(" ")}\n`,
  execute: async ({ services: chosen }, facts, write, context) => {
    const deadline = context.clock.monotonicMs() + context.timeoutMs;
    const started = await write.compose.start(composeRunOptions(context), chosen);
    if (started.kind !== "ok" || !isComplete(withRunning(facts, chosen), chosen)) {
      return executionOf(started, `started ${chosen.join(", ")}`, context);
    }
    return (await cutOffBy(context, chosen)) ?? awaitHealth(context, deadline);
  },
  verify: ({ services: chosen }, facts) =>
    chosen.flatMap((service): readonly UnmetPrecondition[] => {
      const state = readFact(facts, containerState(service));
      if (state !== "running" && state !== "restarting")
        return [{ fact: containerState(service).id, message: `${service} is ${state ?? "unknown"}` }];
      return cutOffProblem(facts, service);
    }),
});

/**
 * Health can only be promised when nothing else is missing. What is started again and again for want of a
 * service that is down comes up once that one runs; what loops for reasons of its own does not.
 */
function isComplete(facts: Facts, started: readonly string[]): boolean {
  return servicesToRun(facts).every((service) => {
    const state = readFact(facts, containerState(service));
    return state === "running" || (state === "restarting" && dependsOnAny(facts, service, started));
  });
}

function dependsOnAny(facts: Facts, service: string, others: readonly string[]): boolean {
  const seen = new Set([service]);
  // A set yields what is added to it while it is gone through.
  for (const each of seen) {
    for (const other of readFact(facts, serviceModel(each))?.dependsOn ?? []) seen.add(other);
  }
  return others.some((other) => other !== service && seen.has(other));
}
