import type { Facts } from "../../../../core/fact.ts";
import { conditionOf, inStartOrder, waitsOf } from "../../facts/waits.ts";
import type { ComposeRunOptions, ComposeRunOutcome } from "../../ports/compose.ts";
import { composeRunOptions, executionOf } from "../compose-run.ts";
import type { Execution, StepContext } from "../../../define-tool.ts";

/** One Compose call for these services. */
type Call = (options: ComposeRunOptions, services: readonly string[]) => Promise<ComposeRunOutcome>;

/** How the services came up: undefined when all have been started. */
type Ended = Exclude<Execution, { readonly kind: "done" }> | undefined;

const POLL_MS = 500;

/**
 * Calls Compose for one group of services after another, each as soon as what the files have it wait for is so: the
 * call itself waits for nothing. `facts`: as the step meets them.
 */
export async function upInOrder(
  services: readonly string[],
  facts: Facts,
  context: StepContext,
  call: Call,
): Promise<Ended> {
  const { clock, signal } = context;
  const deadline = clock.monotonicMs() + context.timeoutMs;
  let remaining = inStartOrder(facts, services);
  const begun = new Set<string>();
  let current = facts;
  let told = "";
  for (;;) {
    if (signal.aborted) return { kind: "interrupted" };
    const { ready, failed, waiting } = readiness(current, facts, remaining, begun);
    if (failed !== undefined) return { kind: "failed", transient: false, message: failed };
    const leftMs = Math.floor(deadline - clock.monotonicMs());
    if (ready.length > 0) {
      const outcome = await call({ ...composeRunOptions(context), timeoutMs: Math.max(1, leftMs) }, ready);
      if (outcome.kind !== "ok") return notDone(executionOf(outcome, "", context));
      ready.forEach((service) => begun.add(service));
      remaining = remaining.filter((service) => !begun.has(service));
      if (remaining.length === 0) return undefined;
    } else {
      const what = waiting.join("; ");
      if (leftMs <= 0) return { kind: "failed", transient: false, message: `not in time: ${what}` };
      if (what !== told) context.onLine(what);
      told = what;
      try {
        await clock.wait(POLL_MS, signal);
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
    }
    current = await context.probe();
  }
}

function notDone(execution: Execution): Ended {
  return execution.kind === "done" ? undefined : execution;
}

interface Readiness {
  readonly ready: readonly string[];
  readonly waiting: readonly string[];
  /** What will not come by itself. */
  readonly failed: string | undefined;
}

function readiness(
  now: Facts,
  before: Facts,
  remaining: readonly string[],
  begun: ReadonlySet<string>,
): Readiness {
  const ready: string[] = [];
  const waiting: string[] = [];
  let failed: string | undefined;
  for (const service of remaining) {
    const open = waitsOf(before, service).flatMap((wait): readonly string[] => {
      if (remaining.includes(wait.service)) return [`${service} waits for ${wait.service}`];
      if (wait.condition === "started" && begun.has(wait.service)) return [];
      const condition = conditionOf(now, wait);
      if (condition.kind === "holds" || (condition.kind === "failed" && !wait.required)) return [];
      const text = `${service} waits for ${wait.service}, which ${condition.is}`;
      if (condition.kind === "failed") failed ??= text;
      return [text];
    });
    if (open.length === 0) ready.push(service);
    else waiting.push(...open);
  }
  return { ready, waiting, failed };
}
