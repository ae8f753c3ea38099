import { readFact, type Facts } from "../../../../core/fact.ts";
import { hasOldPorts, previewedChecks, withHealth } from "../../health/healthy-facts.ts";
import {
  containerChanges,
  containerName,
  containerPublished,
  containerState,
} from "../../facts/local-facts.ts";
import { isDoneJob } from "../../facts/needed-services.ts";
import { withNewContainers } from "../../losses/new-containers.ts";
import { errorText } from "../../../../core/errors.ts";
import { awaitHealth, unmetHealth } from "../await-health.ts";
import { cutOffBy, cutOffProblem } from "../start/cut-off-after-start.ts";
import type { Execution, StepContext, UnmetPrecondition } from "../../../define-tool.ts";
import type { LocalWritePorts } from "../define-local-tool.ts";
import { isComplete } from "../start/completes.ts";
import type { Creation } from "./creation-reads.ts";
import { upInOrder } from "./in-order.ts";
import { objectsToMake } from "./object-problems.ts";

/** The facts once the containers are made and run; healthy where nothing else is missing. */
export function afterCreation(facts: Facts, services: readonly string[]): Facts {
  const made = withNewContainers(facts, services);
  return isComplete(made, services) ? withHealth(made, { how: "up", started: services }) : made;
}

/** What goes below the lines of each service: what is made beside the containers, and what is waited for. */
export function linesBelow(facts: Facts, { services, how }: Creation): readonly string[] {
  return [
    ...objectsToMake(facts, services).map((what) => `make ${what}`),
    ...(isComplete(withNewContainers(facts, services), services)
      ? [`then wait for: ${previewedChecks(facts).join(", ")}`]
      : []),
    how === "create"
      ? "if it fails, the containers that were made stay and are named; no volume is removed"
      : "if it fails, the containers stay as Compose leaves them and are named; no volume is removed",
  ];
}

/** Has Compose make the containers, waits for health where nothing else is missing, and names what a failure left. */
export async function bringUp(
  { services, how }: Creation,
  facts: Facts,
  write: LocalWritePorts,
  context: StepContext,
): Promise<Execution> {
  const deadline = context.clock.monotonicMs() + context.timeoutMs;
  const call = how === "create" ? write.compose.createMissing : write.compose.recreate;
  const ended = await upInOrder(services, facts, context, call);
  if (ended?.kind === "interrupted") return ended;
  // Also what could not be started: Engine 29 takes it off its networks.
  const cutOff = await cutOffBy(context, services, write, facts);
  if (ended?.kind === "failed") return { ...ended, message: ended.message + (await left(services, context)) };
  if (ended !== undefined) return ended;
  if (cutOff !== undefined) return cutOff;
  return isComplete(withNewContainers(facts, services), services)
    ? awaitHealth(context, deadline)
    : { kind: "done", note: `${how === "create" ? "created" : "recreated"} ${services.join(", ")}` };
}

async function left(services: readonly string[], { probe, redact }: StepContext): Promise<string> {
  try {
    const facts = await probe();
    const names = services.flatMap((service) => {
      const state = readFact(facts, containerState(service)) ?? "absent";
      if (state === "absent") return [];
      return [`${readFact(facts, containerName(service)) ?? service} (${state})`];
    });
    return names.length === 0 ? "; no container is left of it" : `; there are now: ${names.join(", ")}`;
  } catch (thrown) {
    return `; which containers there are now could not be seen: ${redact(errorText(thrown))}`;
  }
}

/** What of the promise does not hold: each service runs, from the files, on its networks, and all is well where all run. */
export function creationShortfall(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return [
    ...services.flatMap((service) => shortfallOf(facts, service)),
    ...(isComplete(facts, []) ? unmetHealth(facts) : []),
  ];
}

function shortfallOf(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service));
  if (state !== "running" && state !== "restarting" && !isDoneJob(facts, service))
    return [{ fact: containerState(service).id, message: `${service} is ${state ?? "unknown"}` }];
  if (hasOldPorts(facts, service))
    return [
      {
        fact: containerPublished(service).id,
        message: `${service} has other ports than the Compose files want`,
      },
    ];
  const changes = readFact(facts, containerChanges(service)) ?? [];
  if (changes.length > 0)
    return [
      {
        fact: containerChanges(service).id,
        message: `${service} differs from the Compose files: ${changes.map(({ setting }) => setting).join(", ")}`,
      },
    ];
  return cutOffProblem(facts, service);
}
