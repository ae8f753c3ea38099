import { z } from "zod";
import { digestBytes, digestJson, type Digest } from "../../core/text/digest.ts";
import type { Redact } from "../../core/masking/redact.ts";
import type { Model, ModelAccount, ModelTool, ToolAnswer } from "../../ports/model.ts";
import type { TargetFamily } from "../../targets/family.ts";
import type { DecisionProblem } from "../judging/decision-problem.ts";
import { judgeDecision, type AcceptedDecision } from "../judging/judge-decision.ts";
import { type JudgementGround } from "../judging/judgement-ground.ts";
import { decisionSchema } from "./copilot-decision.ts";
import { describeCatalog, systemPrompt, userPrompt } from "./copilot-prompt.ts";
import { readTools } from "./copilot-tools.ts";
import { harmlessText } from "./untrusted-data.ts";

export const MAX_SUBMISSIONS = 3;
/** Each reading is a turn; a model that has not decided by then goes in circles. */
const MAX_TURNS = 14;

/** What the model is told at once, and what the plan keeps of it. */
const MAX_PROBLEMS = 12;

export interface Submission {
  readonly accepted: boolean;
  /** Why not; empty when accepted. */
  readonly problems: readonly DecisionProblem[];
}

/** What came of asking a model. */
export interface ModelPlanning {
  /** undefined when no decision was accepted, whatever the reason. */
  readonly decision: AcceptedDecision | undefined;
  readonly submissions: readonly Submission[];
  readonly account: ModelAccount;
  readonly model: Pick<Model, "name" | "provider">;
  /** Of everything the model was told before its first turn. */
  readonly promptDigest: Digest;
  readonly catalogDigest: Digest;
}

export interface AskOptions {
  /** Masks what the facts' own redaction could not know, such as the keys of this process. */
  readonly redact: Redact;
  /** Milliseconds for everything. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks a model for a decision and has the compiler judge each one it hands in. Never rejects. */
export async function askModel(
  model: Model,
  ground: JudgementGround,
  { redact, timeoutMs, signal }: AskOptions,
): Promise<ModelPlanning> {
  const submissions: Submission[] = [];
  let decision: AcceptedDecision | undefined;
  const submit = (args: unknown): ToolAnswer => {
    if (decision !== undefined || submissions.length >= MAX_SUBMISSIONS) {
      return { kind: "end", text: "nothing more is wanted" };
    }
    const judged = judgeDecision(args, ground);
    if (judged.kind === "accepted") {
      ({ decision } = judged);
      submissions.push({ accepted: true, problems: [] });
      return { kind: "end", text: "accepted" };
    }
    const problems = judged.problems.slice(0, MAX_PROBLEMS).map(({ code, message }) => ({
      code,
      message: harmlessText(message, redact, 400),
    }));
    submissions.push({ accepted: false, problems });
    return afterRefusal(problems, MAX_SUBMISSIONS - submissions.length);
  };
  const { family } = ground.origin;
  const system = systemPrompt(family);
  const prompt = userPrompt(family, ground.facts, ground.findings, redact);
  const tools = [...readTools(family, ground.facts, redact), submitTool(family, submit)];
  const account = await model.converse({ system, prompt, tools, timeoutMs, maxTurns: MAX_TURNS, signal });
  return {
    decision,
    submissions,
    account: {
      ...account,
      problem: account.problem === undefined ? undefined : harmlessText(account.problem, redact, 300),
    },
    model: { name: model.name, provider: model.provider },
    promptDigest: digestBytes(`${system}\n${prompt}`),
    catalogDigest: digestJson(describeCatalog(family)),
  };
}

/** The judge checks the arguments itself, so that a submission of any form counts as one. */
function submitTool(family: TargetFamily, submit: (args: unknown) => ToolAnswer): ModelTool {
  const { $schema: _unused, ...parameters } = z.toJSONSchema(decisionSchema(family));
  return {
    name: "submit_plan",
    description: "Hands in your decision. It is compiled; when it is refused, the answer says why.",
    parameters,
    call: submit,
  };
}

function afterRefusal(problems: readonly DecisionProblem[], left: number): ToolAnswer {
  const list = problems.map(({ code, message }) => `- ${code} ${message}`);
  if (left === 0) return { kind: "end", text: ["refused for the last time:", ...list].join("\n") };
  const head = `refused; ${left} more ${left === 1 ? "submission is" : "submissions are"} possible:`;
  return { kind: "refused", text: [head, ...list].join("\n") };
}
