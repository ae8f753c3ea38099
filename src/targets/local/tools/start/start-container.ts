import type { Wait } from "../../facts/change-facts.ts";
import { engineRefusal } from "../../causes/engine-refusal.ts";
import { errorText } from "../../../../core/errors.ts";
import { readFact, type Facts } from "../../../../core/fact.ts";
import { containerId, containerNetworksLacking } from "../../facts/local-facts.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import { isTransientFailure } from "../compose-run.ts";
import type { Execution, StepContext } from "../../../define-tool.ts";
import type { LocalWritePorts } from "../define-local-tool.ts";
import { connectAll, lostNetworks, otherContainer } from "./network-connections.ts";

type Obstacle = Exclude<Execution, { kind: "done" }>;

/**
 * Starts the container of a service through the engine, as it is; one that runs already is left alone. Whatever the start
 * has taken of its networks, which Engine 29 does when it fails, is given back. Undefined when it runs.
 */
export async function startContainer(
  service: string,
  facts: Facts,
  { docker }: LocalWritePorts,
  context: StepContext,
  deadlineMs: number,
): Promise<Obstacle | undefined> {
  const { clock, signal, redact } = context;
  const timeoutMs = Math.floor(deadlineMs - clock.monotonicMs());
  if (signal.aborted) return { kind: "interrupted" };
  if (timeoutMs <= 0) return failed(`there was no time left to start ${service}`);
  let before: ContainerDetails;
  try {
    before = await docker.inspect(readFact(facts, containerId(service)) ?? "");
  } catch (thrown) {
    const said = redact(engineRefusal(thrown) ?? errorText(thrown));
    return failed(`${said} (${service} was not started)`);
  }
  const other = otherContainer(before, service, context.target.project ?? "");
  if (other !== undefined) return failed(other);
  if (before.state === "running" || before.state === "restarting") return undefined;
  if (before.state !== "exited" && before.state !== "created")
    return failed(`${service} is ${before.state} by now, and was not started`);
  const problem = await start(service, before.id, { docker }, context, timeoutMs);
  const deaf = await giveBack(service, before, { docker }, context);
  return problem ?? deaf;
}

async function start(
  service: string,
  id: string,
  { docker }: Pick<LocalWritePorts, "docker">,
  { signal, redact, onLine }: StepContext,
  timeoutMs: number,
): Promise<Obstacle | undefined> {
  try {
    await docker.startContainer(id, { signal, timeoutMs });
    onLine(`started ${service}`);
    return undefined;
  } catch (thrown) {
    if (signal.aborted) return { kind: "interrupted" };
    const said = engineRefusal(thrown);
    if (said === undefined)
      return { kind: "unknown", message: `${redact(errorText(thrown))} (while ${service} was started)` };
    return {
      kind: "failed",
      transient: isTransientFailure(said),
      message: `${redact(said)} (${service} was not started)`,
    };
  }
}

/** Compares the container's networks with those before its start. */
async function giveBack(
  service: string,
  before: ContainerDetails,
  write: Pick<LocalWritePorts, "docker">,
  context: StepContext,
): Promise<Obstacle | undefined> {
  try {
    const lost = lostNetworks(before, await write.docker.inspect(before.id));
    if (lost.length === 0) return undefined;
    // They know the addresses that the files fix.
    const lacking = readFact(await context.probe(), containerNetworksLacking(service)) ?? [];
    const networks = lost.map((network) => lacking.find((one) => one.network === network.network) ?? network);
    context.onLine(`the start took ${before.name} off ${networks.map(({ network }) => network).join(", ")}`);
    return await connectAll(before, networks, write, context);
  } catch (thrown) {
    // What is off its network is looked for once more before health is waited for.
    context.onLine(`waiting for an answer of the Engine: ${context.redact(errorText(thrown))}`);
    return undefined;
  }
}

/** Waits until what a service waits for is there; undefined when it is. */
export async function awaitCondition(
  service: string,
  wait: Wait,
  facts: Facts,
  { docker }: LocalWritePorts,
  context: StepContext,
  deadlineMs: number,
): Promise<Obstacle | undefined> {
  const { clock, signal, redact, onLine } = context;
  const id = readFact(facts, containerId(wait.service));
  // One that is started has been by now: the order sees to it.
  if (wait.condition === "started" || id === undefined) return undefined;
  const begin = clock.monotonicMs();
  const what = `${wait.service} ${wait.condition === "healthy" ? "is healthy" : "has ended"}`;
  for (let looks = 0; ; looks++) {
    if (signal.aborted) return { kind: "interrupted" };
    let seen: Seen = "not yet";
    try {
      seen = conditionSeen(await docker.inspect(id), wait);
    } catch (thrown) {
      if (looks === 0) onLine(`waiting for an answer of the Engine: ${redact(errorText(thrown))}`);
    }
    if (seen === "met") return undefined;
    if (seen !== "not yet") return failed(`${seen.never}; ${service} waits for it and was not started`);
    if (looks === 0) onLine(`waiting until ${what}, before ${service} is started`);
    if (clock.monotonicMs() >= deadlineMs) {
      const seconds = Math.round((clock.monotonicMs() - begin) / 1000);
      return failed(`not in time, within ${seconds} s: ${what}; ${service} waits for it and was not started`);
    }
    try {
      await clock.wait(looks < 20 ? 100 : 500, signal);
    } catch (thrown) {
      if (signal.aborted) return { kind: "interrupted" };
      throw thrown;
    }
  }
}

type Seen = "met" | "not yet" | { readonly never: string };

function conditionSeen({ name, state, exitCode, health }: ContainerDetails, { condition }: Wait): Seen {
  const hasEnded = state === "exited" || state === "dead";
  if (condition === "completed") {
    if (!hasEnded) return "not yet";
    return exitCode === 0 ? "met" : { never: `${name} ended with exit code ${exitCode}` };
  }
  if (hasEnded) return { never: `${name} ended with exit code ${exitCode} before it was healthy` };
  if (health === "healthy") return "met";
  if (health === undefined) return { never: `${name} has no health check` };
  return health === "unhealthy" ? { never: `${name} is unhealthy` } : "not yet";
}

function failed(message: string): Obstacle {
  return { kind: "failed", transient: false, message };
}
