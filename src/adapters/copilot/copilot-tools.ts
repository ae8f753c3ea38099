import type { Tool, ToolResultObject } from "@github/copilot-sdk";
import { errorText } from "../../core/errors.ts";
import type { ModelTool, ToolAnswer } from "../../ports/model.ts";
import type { Ending } from "./copilot-ending.ts";
import type { Recorder } from "./copilot-record.ts";

/** A reply of a model can hold any number of calls; what a planner needs is some dozens. */
const MAX_CALLS = 200;

/**
 * Our tools as the SDK wants them. `end` is told as `rejected`, the one result that stops the runtime's loop
 * at once; calls that come after the end reach no tool.
 */
export function sdkTools(tools: readonly ModelTool[], ending: Ending, recorder: Recorder): readonly Tool[] {
  let calls = 0;
  const call = async (tool: ModelTool, args: unknown, callId: string): Promise<ToolResultObject> => {
    if (ending.isOver()) return stopped("the conversation is over");
    calls += 1;
    if (calls > MAX_CALLS) {
      ending.settle("max_turns", `the model called tools more than ${MAX_CALLS} times`);
      return stopped("too many calls");
    }
    try {
      const answer = await tool.call(args);
      recorder.toolAnswered(callId, tool.name, answer.text);
      if (answer.kind === "end") ending.settle("ended");
      return resultOf(answer);
    } catch (thrown) {
      ending.settle("runtime_failed", `the tool ${tool.name} failed: ${errorText(thrown)}`);
      return stopped("the tool failed");
    }
  };
  return tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    parameters: { ...tool.parameters },
    skipPermission: true,
    defer: "never",
    handler: (args, { toolCallId }) => call(tool, args, toolCallId),
  }));
}

function resultOf(answer: ToolAnswer): ToolResultObject {
  switch (answer.kind) {
    case "answer":
      return { textResultForLlm: answer.text, resultType: "success" };
    case "refused":
      return { textResultForLlm: answer.text, resultType: "failure" };
    case "end":
      return stopped(answer.text);
  }
}

function stopped(text: string): ToolResultObject {
  return { textResultForLlm: text, resultType: "rejected" };
}
