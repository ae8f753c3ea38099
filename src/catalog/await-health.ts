import { healthReports } from "../core/healthy-facts.ts";
import type { Facts } from "../core/fact.ts";
import type { Execution, StepContext } from "./define-tool.ts";

const POLL_MS = 250;

/** Looks at the deployment until every health check passes, or the step's time is over. */
export async function awaitHealth(context: StepContext, deadlineMs: number): Promise<Execution> {
  let last = "";
  for (;;) {
    if (context.signal.aborted) return { kind: "interrupted" };
    const reports = healthReports(await context.probe());
    const waitingFor = reports
      .filter(({ healthy }) => !healthy)
      .map(({ check, observed }) => `${check}: ${observed}`);
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

/** What of health does not hold in freshly collected facts. */
export function unmetHealth(facts: Facts): readonly { readonly fact: string; readonly message: string }[] {
  return healthReports(facts)
    .filter(({ healthy }) => !healthy)
    .map(({ check, observed }) => ({ fact: check, message: `${check}: ${observed}` }));
}
