import type { LackingNetwork } from "../../facts/change-facts.ts";
import { errorText } from "../../../../core/errors.ts";
import { readFact, type Facts } from "../../../../core/fact.ts";
import { staysCutOff } from "../../health/healthy-facts.ts";
import {
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworksLacking,
} from "../../facts/local-facts.ts";
import type { Execution, StepContext, UnmetPrecondition } from "../../../define-tool.ts";
import type { LocalWritePorts } from "../define-local-tool.ts";
import { connectAll } from "./network-connections.ts";

/** Started as it is, a container that is off its network stays so, and the start says that all is well. */
export function cutOffProblem(facts: Facts, service: string): readonly UnmetPrecondition[] {
  if (!staysCutOff(facts, service)) return [];
  const network = readFact(facts, containerNetworkCutOff(service)) ?? "";
  const message = `${service} is cut off from its network ${network}; started as it is, it stays so`;
  return [{ fact: containerNetworkCutOff(service).id, message }];
}

/**
 * What a start is worth, one that failed too: Engine 29 takes a container off its networks when a start fails on a taken
 * port, and runs it without any at the next one, which "succeeds". What a container has lost since `before` is connected
 * again: what it lacked then is no matter of a start, whose preview does not name it. One that is still off its network
 * ends the step, since nobody has to wait for the health of one that none can reach.
 */
export async function cutOffBy(
  context: StepContext,
  started: readonly string[],
  write: Pick<LocalWritePorts, "docker">,
  before: Facts,
): Promise<Execution | undefined> {
  try {
    const facts = await context.probe();
    const lost = (service: string): readonly LackingNetwork[] => lostSince(before, facts, service);
    const lacking = started.filter((service) => lost(service).length > 0);
    for (const service of lacking) {
      const [id, name = service] = [
        readFact(facts, containerId(service)),
        readFact(facts, containerName(service)),
      ];
      if (id === undefined) continue;
      const problem = await connectAll({ id, name }, lost(service), write, context);
      if (problem !== undefined) return problem;
    }
    const now = lacking.length === 0 ? facts : await context.probe();
    const problems = started.flatMap((service) => cutOffProblem(now, service));
    if (problems.length === 0) return undefined;
    const message = problems.map((problem) => problem.message).join("; ");
    return { kind: "failed", transient: false, message };
  } catch (thrown) {
    // An engine that is too busy to be looked at is asked again and again from here on.
    context.onLine(`waiting for an answer of the Engine: ${context.redact(errorText(thrown))}`);
    return undefined;
  }
}

/** A container that was made since lacked nothing before. */
function lostSince(before: Facts, now: Facts, service: string): readonly LackingNetwork[] {
  const isSame = readFact(before, containerId(service)) === readFact(now, containerId(service));
  const lackedBefore = isSame ? (readFact(before, containerNetworksLacking(service)) ?? []) : [];
  return (readFact(now, containerNetworksLacking(service)) ?? []).filter(
    ({ network }) => !lackedBefore.some((one) => one.network === network),
  );
}
