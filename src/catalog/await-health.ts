import { healthReports } from "../core/healthy-facts.ts";
import { errorText } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Execution, StepContext } from "./define-tool.ts";

const POLL_MS = 100;

/** Looks at the deployment until every health check passes, or the step's time is over. */
export async function awaitHealth(context: StepContext, deadlineMs: number): Promise<Execution> {
  let last = "";
  for (;;) {
    if (context.signal.aborted) return { kind: "interrupted" };
    const waitingFor = await whatIsMissing(context);
    if (waitingFor.length === 0) return { kind: "done", note: "all health checks pass" };
    const text = `waiting for ${waitingFor.join(", ")}`;
    if (text !== last) context.onLine(text);
    last = text;
    if (context.clock.monotonicMs() >= deadlineMs) {
      return { kind: "unhealthy", message: `not healthy in time: ${waitingFor.join(", ")}` };
    }
    try {
      await context.clock.wait(POLL_MS, context.signal);
    } catch (thrown) {
      if (context.signal.aborted) return { kind: "interrupted" };
      throw thrown;
    }
  }
}

/** An Engine that is too busy to answer one probe, as while it makes containers, may answer the next. */
async function whatIsMissing({ probe, redact }: StepContext): Promise<readonly string[]> {
  try {
    return unmetHealth(await probe()).map(({ message }) => message);
  } catch (thrown) {
    return [`an answer of the Engine: ${redact(errorText(thrown))}`];
  }
}

/** What of health does not hold in freshly collected facts. */
export function unmetHealth(facts: Facts): readonly { readonly fact: string; readonly message: string }[] {
  return healthReports(facts)
    .filter(({ healthy }) => !healthy)
    .map(({ check, observed }) => ({ fact: check, message: `${check}: ${observed}` }));
}
