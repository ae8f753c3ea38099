import { errorText } from "../core/errors.ts";
import { readFact, type Facts } from "../core/fact.ts";
import { staysCutOff } from "../core/healthy-facts.ts";
import { containerNetworkCutOff } from "../core/local-facts.ts";
import type { Execution, StepContext, UnmetPrecondition } from "./define-tool.ts";

/** Started as it is, a container that is off its network stays so, and the start says that all is well. */
export function cutOffProblem(facts: Facts, service: string): readonly UnmetPrecondition[] {
  if (!staysCutOff(facts, service)) return [];
  const network = readFact(facts, containerNetworkCutOff(service)) ?? "";
  const message = `${service} is cut off from its network ${network}; started as it is, it stays so`;
  return [{ fact: containerNetworkCutOff(service).id, message }];
}

/**
 * What a start that "succeeded" is worth: Engine 29 takes a container off its networks when a start fails on a taken
 * port, and runs it without any at the next one. Nobody has to wait for the health of one that none can reach.
 */
export async function cutOffBy(
  context: StepContext,
  started: readonly string[],
): Promise<Execution | undefined> {
  try {
    const facts = await context.probe();
    const problems = started.flatMap((service) => cutOffProblem(facts, service));
    if (problems.length === 0) return undefined;
    const message = problems.map((problem) => problem.message).join("; ");
    return { kind: "failed", transient: false, message };
  } catch (thrown) {
    // An engine that is too busy to be looked at is asked again and again from here on.
    context.onLine(`waiting for an answer of the Engine: ${context.redact(errorText(thrown))}`);
    return undefined;
  }
}
