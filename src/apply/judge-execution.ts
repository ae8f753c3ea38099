import type { AnyTool, Execution } from "../targets/define-tool.ts";
import type { Facts } from "../core/fact.ts";
import type { Step } from "../core/plan.ts";
import type { FreshFacts } from "./fresh-facts.ts";

export interface Judgement {
  readonly state: "done" | "failed" | "unknown";
  readonly reason: string;
}

/** What became of a step: never what it says itself alone, but what is seen of it afterwards. */
export async function judgeExecution(
  execution: Execution,
  step: Step,
  tool: AnyTool,
  fresh: FreshFacts,
): Promise<Judgement> {
  const { redact } = fresh;
  if (execution.kind === "failed" || execution.kind === "unhealthy")
    return { state: "failed", reason: redact(execution.message) };
  const unseen = await missingEffect(step, tool, fresh);
  switch (execution.kind) {
    case "done":
      if (unseen === undefined) return { state: "done", reason: redact(execution.note) };
      return unseen.known
        ? { state: "failed", reason: `it ran, but did not have its effect: ${unseen.what}` }
        : { state: "unknown", reason: `it ran, but its effect could not be looked at: ${unseen.what}` };
    case "unknown":
      return unseen === undefined
        ? { state: "done", reason: `${redact(execution.message)}; its effect was then seen` }
        : { state: "unknown", reason: `${redact(execution.message)}; not seen: ${unseen.what}` };
    case "interrupted":
      return unseen === undefined
        ? { state: "done", reason: "interrupted after it had its effect" }
        : { state: "unknown", reason: `interrupted; not seen: ${unseen.what}` };
  }
}

function isUnavailable(facts: Facts, id: string): boolean {
  const entry = facts.get(id);
  return entry !== undefined && "unavailable" in entry;
}

async function missingEffect(
  step: Step,
  tool: AnyTool,
  fresh: FreshFacts,
): Promise<{ readonly what: string; readonly known: boolean } | undefined> {
  const { redact } = fresh;
  const reading = await fresh.read();
  if (reading.kind === "unreadable") return { what: reading.reason, known: false };
  const unmet = tool.verify(step.args, reading.facts);
  if (unmet.length === 0) return undefined;
  const what = redact(unmet.map(({ message }) => message).join("; "));
  return { what, known: !unmet.some(({ fact }) => isUnavailable(reading.facts, fact)) };
}
