import { healthReports } from "../health/healthy-facts.ts";
import { errorText } from "../../../core/errors.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { backendData } from "../facts/local-facts.ts";
import { lookAfterMs, whyItCannotCome } from "../health/wait-verdict.ts";
import { type Look } from "../../family.ts";
import type { Execution, StepContext } from "../../define-tool.ts";

/**
 * Looks at the deployment until every health check passes, the step's time is over, or what is seen says that
 * health cannot come. Most looks are quick ones; the data are read when all else is well.
 */
export async function awaitHealth(context: StepContext, deadlineMs: number): Promise<Execution> {
  const { clock, signal } = context;
  const begin = clock.monotonicMs();
  const looks: Look[] = [];
  let lookAt = begin;
  let last = "";
  for (;;) {
    if (signal.aborted) return { kind: "interrupted" };
    const isDue = clock.monotonicMs() >= lookAt;
    let missing = await whatIsMissing(context, isDue ? "whole" : "quick");
    if (!isDue && missing.facts !== undefined && missing.waitingFor.length === 0)
      missing = await whatIsMissing(context, "whole");
    const { depth, facts, waitingFor } = missing;
    if (depth === "whole" && facts !== undefined) {
      if (waitingFor.length === 0) return { kind: "done", note: "all health checks pass" };
      looks.push({ at: clock.monotonicMs(), facts });
      const why = whyItCannotCome(looks);
      if (why !== undefined) return { kind: "unhealthy", message: `waiting does not help: ${why}` };
      lookAt = clock.monotonicMs() + lookAfterMs(looks.length);
    }
    const text = `waiting for ${waitingFor.join(", ")}`;
    if (text !== last && waitingFor.length > 0) context.onLine(text);
    last = text;
    if (clock.monotonicMs() >= deadlineMs) {
      return { kind: "unhealthy", message: `not healthy in time: ${waitingFor.join(", ")}` };
    }
    try {
      await clock.wait(pollMs(clock.monotonicMs() - begin), signal);
    } catch (thrown) {
      if (signal.aborted) return { kind: "interrupted" };
      throw thrown;
    }
  }
}

/** Each question to a backend that is not ready leaves two lines in its log, which is where its causes stand. */
function pollMs(waitedMs: number): number {
  if (waitedMs < 5_000) return 100;
  return waitedMs < 20_000 ? 250 : 1_000;
}

interface Missing {
  readonly depth: "quick" | "whole";
  readonly facts: Facts | undefined;
  readonly waitingFor: readonly string[];
}

/** An Engine that is too busy to answer one probe, as while it makes containers, may answer the next. */
async function whatIsMissing({ probe, redact }: StepContext, depth: "quick" | "whole"): Promise<Missing> {
  try {
    const facts = await probe(depth);
    // A backend that is not ready is not asked for its data: that says nothing of its own.
    const isAsked = readFact(facts, backendData())?.status !== "not_asked";
    const unmet = unmetHealth(facts).filter(({ fact }) => isAsked || fact !== "data_readable");
    return { depth, facts, waitingFor: unmet.map(({ message }) => message) };
  } catch (thrown) {
    const waitingFor = [`an answer of the Engine: ${redact(errorText(thrown))}`];
    return { depth, facts: undefined, waitingFor };
  }
}

/** What of health does not hold in freshly collected facts. */
export function unmetHealth(facts: Facts): readonly { readonly fact: string; readonly message: string }[] {
  return healthReports(facts)
    .filter(({ healthy }) => !healthy)
    .map(({ check, observed }) => ({ fact: check, message: `${check}: ${observed}` }));
}
