import { z } from "zod";
import { idPattern } from "./ids.ts";

/** The kinds of targets close the list. */
export const FindingClassSchema = z
  .string()
  .regex(idPattern)
  .describe("the kind of problem; docs/vocabulary.md says what each one means");

/** `blocking`: DevLake cannot be used; `degraded`: it can, in part; `info`: worth knowing. */
export const SeveritySchema = z
  .enum(["blocking", "degraded", "info"])
  .describe("`blocking`: DevLake cannot be used; `degraded`: it can, in part; `info`: worth knowing");
export type Severity = z.infer<typeof SeveritySchema>;

export const FindingSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^f\d+$/)
      .meta({ description: "number of the finding in this plan; steps refer to it", examples: ["f1"] }),
    class: FindingClassSchema,
    severity: SeveritySchema,
    confidence: z.number().min(0).max(1).describe("how sure the rule is, from 0 to 1"),
    summary: z
      .string()
      .min(1)
      .meta({
        description: "what is wrong, in one sentence",
        examples: ['host port 8080 is held by process "java"'],
      }),
    evidence: z.array(z.string()).min(1).describe("ids of the facts that prove it"),
    refutedBy: z
      .string()
      .min(1)
      .meta({
        description: "the observation that would prove it wrong",
        examples: ["port 8080 is free"],
      }),
  })
  .meta({
    id: "Finding",
    title: "Finding",
    description: "a problem that the facts prove, or something worth knowing",
  });
export type Finding = z.infer<typeof FindingSchema>;

/** A tool instance that may cure a finding; the compiler decides. */
export interface Remedy {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** What a rule detects: a finding before it is numbered, its remedies, and what a person can do. */
export interface Detection extends Omit<Finding, "id" | "evidence"> {
  readonly evidence: readonly string[];
  readonly remedies: readonly Remedy[];
  /** Precise steps for a person when no remedy is safe. */
  readonly nextSteps: readonly string[];
}

export interface ClassifiedFinding extends Detection {
  readonly id: string;
}
