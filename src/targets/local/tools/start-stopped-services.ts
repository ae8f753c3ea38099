import { z } from "zod";
import { FactsDraft, readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { previewedChecks, staysCutOff, withHealth, withRunning } from "../health/healthy-facts.ts";
import {
  composeProject,
  containerExitCode,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerPorts,
  containerState,
  containerVolumeUsers,
  portHolder,
  serviceModel,
  serviceWaits,
  strayContainers,
  surplusContainers,
} from "../facts/local-facts.ts";
import { isDoneJob } from "../facts/needed-services.ts";
import { inStartOrder } from "../facts/waits.ts";
import { awaitHealth } from "./await-health.ts";
import { isComplete } from "./start/completes.ts";
import { cutOffBy, cutOffProblem } from "./start/cut-off-after-start.ts";
import { type Execution, type StepContext, type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool } from "./define-local-tool.ts";
import type { LocalWritePorts } from "./define-local-tool.ts";
import { providerFacts, providerProblems } from "./provider-problems.ts";
import { awaitCondition, startContainer } from "./start/start-container.ts";
import { waitsToKeep } from "./start/start-order.ts";
import { startProblems } from "./start/start-problems.ts";

/**
 * Starts containers that exist, as they are, through the engine: `compose start` would start jobs a second time that have
 * ended as they should. Makes and changes nothing; then waits for health.
 */
export const startStoppedServices = defineLocalTool({
  name: "start_stopped_services",
  version: 2,
  summary:
    "starts stopped containers of the deployment as they are, in the order of the file's dependencies, and waits until DevLake is healthy",
  effect: "safe",
  reversible: "not-needed",
  downtimeSeconds: 5,
  retry: { attempts: 2, timeoutMs: 120_000 },
  args: z.strictObject({ services: z.array(z.string()).min(1).describe("services to start") }),
  reads: ({ services: chosen }, facts) => [
    composeProject(),
    strayContainers(),
    ...known(facts, surplusContainers()),
    ...providerFacts(facts),
    ...chosen.flatMap((service) => [
      containerState(service),
      containerId(service),
      containerName(service),
      containerPorts(service),
      ...known(facts, containerVolumeUsers(service), serviceWaits(service)),
      ...(staysCutOff(facts, service) ? [containerNetworkCutOff(service)] : []),
      ...(readFact(facts, serviceModel(service))?.ports ?? []).map(({ published }) => portHolder(published)),
    ]),
  ],
  check: ({ services: chosen }, facts) => [
    ...providerProblems(facts),
    ...chosen.flatMap((service) => startProblems(facts, service, chosen)),
  ],
  // What an earlier attempt has started runs on.
  again: {
    reads: () => [],
    check: ({ services: chosen }, facts) => [
      ...providerProblems(facts),
      ...chosen
        .filter((service) => !isUp(facts, service) && !isDoneJob(facts, service))
        .flatMap((service) => startProblems(facts, service, chosen)),
    ],
  },
  simulate: ({ services: chosen }, facts) => {
    const started = withStarted(facts, chosen);
    return isComplete(started, chosen) ? withHealth(started, { how: "start", started: chosen }) : started;
  },
  preview: ({ services: chosen }, facts) => {
    const lines = inStartOrder(facts, chosen).map((service) => {
      const name = readFact(facts, containerName(service)) ?? service;
      return `start container ${name} as it is${whenOf(facts, service, chosen)}`;
    });
    const checks = previewedChecks(facts);
    const waits = isComplete(withStarted(facts, chosen), chosen) && checks.length > 0;
    return [...lines, ...(waits ? [`then wait for: ${checks.join(", ")}`] : []), ""].join("\n");
  },
  execute: async ({ services: chosen }, facts, write, context) => {
    const deadline = context.clock.monotonicMs() + context.timeoutMs;
    const started: string[] = [];
    for (const service of inStartOrder(facts, chosen)) {
      const end = await startInTurn(service, chosen, { facts, write, context, deadline });
      if (end !== undefined) return withStartedBefore(end, started);
      started.push(service);
    }
    const deaf = await cutOffBy(context, chosen, write, facts);
    if (deaf !== undefined) return deaf;
    return isComplete(withStarted(facts, chosen), chosen)
      ? awaitHealth(context, deadline)
      : { kind: "done", note: `started ${started.join(", ")}` };
  },
  verify: ({ services: chosen }, facts) =>
    chosen.flatMap((service): readonly UnmetPrecondition[] => {
      const state = readFact(facts, containerState(service));
      if (state !== "running" && state !== "restarting" && !isDoneJob(facts, service))
        return [{ fact: containerState(service).id, message: `${service} is ${state ?? "unknown"}` }];
      return cutOffProblem(facts, service);
    }),
});

/** Facts that are left out where there is nothing to say; should one come up, the check sees it. */
function known(facts: Facts, ...refs: readonly FactRef<unknown>[]): readonly FactRef<unknown>[] {
  return refs.filter(({ id }) => facts.has(id));
}

function isUp(facts: Facts, service: string): boolean {
  const state = readFact(facts, containerState(service));
  return state === "running" || state === "restarting";
}

interface Turn {
  readonly facts: Facts;
  readonly write: LocalWritePorts;
  readonly context: StepContext;
  readonly deadline: number;
}

type Obstacle = Exclude<Execution, { kind: "done" }>;

async function startInTurn(
  service: string,
  chosen: readonly string[],
  { facts, write, context, deadline }: Turn,
): Promise<Obstacle | undefined> {
  // An earlier attempt has run it.
  if (isDoneJob(facts, service)) return undefined;
  for (const wait of waitsToKeep(facts, service, chosen)) {
    const never = await awaitCondition(service, wait, facts, write, context, deadline);
    if (never?.kind === "failed" && !wait.required) context.onLine(`${never.message}: it may do without`);
    else if (never !== undefined) return never;
  }
  return startContainer(service, facts, write, context, deadline);
}

function withStartedBefore(end: Obstacle, started: readonly string[]): Execution {
  if (started.length === 0 || !("message" in end)) return end;
  return { ...end, message: `${end.message}; started before: ${started.join(", ")}` };
}

function whenOf(facts: Facts, service: string, chosen: readonly string[]): string {
  const words = { healthy: "is healthy", completed: "has ended well" } as const;
  const waits = waitsToKeep(facts, service, chosen).flatMap(({ service: other, condition }) =>
    condition === "started" ? [] : [`${other} ${words[condition]}`],
  );
  return waits.length === 0 ? "" : `, once ${waits.join(" and ")}`;
}

/** A job that failed is expected to end well this time. */
function withStarted(facts: Facts, chosen: readonly string[]): Facts {
  const jobs = chosen.filter((service) => readFact(facts, serviceModel(service))?.runsOnce === true);
  if (jobs.length === 0) return withRunning(facts, chosen);
  const draft = new FactsDraft(withRunning(facts, chosen));
  for (const job of jobs) draft.set(containerState(job), "exited").set(containerExitCode(job), 0);
  return draft.facts();
}
