import { z } from "zod";
import { MAX_STEPS } from "../../core/plan.ts";
import type { TargetFamily } from "../../targets/family.ts";

/** Longer texts than this are no explanation. */
const text = z.string().trim().max(400);

/**
 * What a model may hand in. Every field is there in both cases, because providers differ in how they
 * treat optional ones and alternatives; the judge checks that the fields go together.
 */
export function decisionSchema({ model }: Pick<TargetFamily, "model">) {
  return z.strictObject({
    decision: z.enum(["repair", "stop"]).describe("repair: the steps below; stop: leave it to a person"),
    diagnosis: z
      .strictObject({
        summary: text.min(1).describe("what is wrong and why, in one or two sentences"),
        evidence: z.array(z.string().max(200)).min(1).max(20).describe("ids of the facts that prove it"),
        falsifier: text.min(1).describe("the observation that would prove the diagnosis wrong"),
      })
      .describe("says what is; it never tells anyone what to do"),
    steps: z
      .array(
        z.strictObject({
          tool: z.string().max(100).describe("name of a tool of the catalog"),
          args: z.record(z.string(), z.json()).describe("its arguments, as the catalog describes them"),
          why: text.min(1).describe("why this step, and why not another"),
        }),
      )
      .max(MAX_STEPS)
      .describe("for repair: the steps in order; for stop: empty"),
    reason: text.describe("for stop: why no repair should be tried; for repair: empty"),
    nextSteps: z
      .array(
        z.strictObject({
          do: z.enum(Object.keys(model.nextSteps)).describe("what the person should do"),
          about: z.string().max(200).describe("what it is about: see the list in the task"),
        }),
      )
      .max(10)
      .describe("for stop: what a person should do, in order, at least one; for repair: empty"),
    confidence: z.number().min(0).max(1).describe("how sure you are of the diagnosis, 0 to 1"),
  });
}
export type ModelDecision = z.infer<ReturnType<typeof decisionSchema>>;

/** No decision that fits the schema comes near these. */
const MAX_DEPTH = 12;
const MAX_VALUES = 3_000;
const MAX_CHARACTERS = 60_000;

/** Whether a value is so large or so deep that looking into it would cost time or the stack. */
export function isOversized(value: unknown): boolean {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let values = 0;
  let characters = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    values++;
    if (typeof one.value === "string") characters += one.value.length;
    if (one.depth > MAX_DEPTH || values > MAX_VALUES || characters > MAX_CHARACTERS) return true;
    if (typeof one.value !== "object" || one.value === null) continue;
    const members = Object.entries(one.value);
    if (members.length > MAX_VALUES) return true;
    for (const [key, member] of members) {
      characters += key.length;
      open.push({ value: member, depth: one.depth + 1 });
    }
  }
  return false;
}
