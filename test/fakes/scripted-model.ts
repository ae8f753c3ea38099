import type {
  Model,
  ModelAccount,
  ModelEnd,
  ModelMessage,
  ModelRequest,
  ToolAnswer,
} from "../../src/ports/model.ts";

/** What a scripted model does in a conversation; it ends when the script returns or a tool says `end`. */
export type ModelScript = (
  call: (tool: string, args: unknown) => Promise<ToolAnswer>,
  request: ModelRequest,
) => Promise<void>;

export interface ScriptedModel extends Model {
  /** Everything that would have gone over the wire, in order. */
  readonly sent: readonly string[];
  readonly requests: readonly ModelRequest[];
}

/** The arguments as text, if they can be one. */
function textOf(args: unknown): string {
  try {
    return JSON.stringify(args) ?? "";
  } catch {
    return "(too deep)";
  }
}

class Ended extends Error {}

/** A model without any network: it obeys a script, within the bounds of the request. */
export function scriptedModel(script: ModelScript, override: Partial<ModelAccount> = {}): ScriptedModel {
  const sent: string[] = [];
  const requests: ModelRequest[] = [];
  return {
    name: "scripted",
    provider: "a script, no model",
    sent,
    requests,
    converse: async (request) => {
      requests.push(request);
      const messages: ModelMessage[] = [
        { role: "system", text: request.system },
        { role: "user", text: request.prompt },
      ];
      sent.push(request.system, request.prompt, JSON.stringify(request.tools));
      let turns = 0;
      const call = async (name: string, args: unknown): Promise<ToolAnswer> => {
        turns++;
        if (request.signal.aborted) throw new Ended("interrupted");
        if (turns > request.maxTurns) throw new Ended("max_turns");
        messages.push({ role: "assistant", text: `${name} ${textOf(args)}` });
        const tool = request.tools.find((candidate) => candidate.name === name);
        const answer: ToolAnswer =
          tool === undefined ? { kind: "refused", text: "no such tool" } : await tool.call(args);
        messages.push({ role: "tool", text: answer.text });
        sent.push(answer.text);
        if (answer.kind === "end") throw new Ended("ended");
        return answer;
      };
      const end = await script(call, request).then(
        (): ModelEnd => "idle",
        (thrown: unknown) => {
          if (thrown instanceof Ended) return thrown.message as ModelEnd;
          throw thrown;
        },
      );
      const calls = Array.from({ length: turns }, () => ({
        model: "scripted",
        inputTokens: 100,
        outputTokens: 10,
        ms: 5,
      }));
      return { end, problem: undefined, turns, calls, durationMs: turns * 5, messages, ...override };
    },
  };
}

/** Hands in the decisions one after the other until one is taken. */
export function submitting(...decisions: readonly unknown[]): ModelScript {
  return async (call) => {
    for (const decision of decisions) await call("submit_plan", decision);
  };
}
