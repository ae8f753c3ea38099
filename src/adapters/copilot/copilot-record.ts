import type { SessionEvent } from "@github/copilot-sdk";
import type { ModelAccount, ModelCall, ModelMessage, ModelRequest } from "../../ports/model.ts";
import type { Outcome } from "./copilot-ending.ts";

/** A transcript is for reading; what a hostile provider sends beyond it is only counted. */
const MAX_MESSAGE_CHARACTERS = 200_000;
const MAX_MESSAGES = 1000;

/** A call that the provider did not answer as it should. */
export interface CallFailure {
  readonly status: number | undefined;
  readonly text: string;
}

/** Writes down what happens in a conversation. */
export interface Recorder {
  readonly see: (event: SessionEvent) => void;
  readonly toolAnswered: (callId: string, tool: string, text: string) => void;
  readonly userSaid: (text: string) => void;
  readonly turns: () => number;
  /** Those since the last good call. */
  readonly failures: () => readonly CallFailure[];
  readonly account: (outcome: Outcome) => ModelAccount;
}

export function createRecorder({ system }: Pick<ModelRequest, "system">): Recorder {
  const startedAt = performance.now();
  const calls: ModelCall[] = [];
  const failures: CallFailure[] = [];
  const messages: ModelMessage[] = [];
  const answered = new Set<string>();
  let turns = 0;
  const say = (role: ModelMessage["role"], text: string): void => {
    if (messages.length < MAX_MESSAGES) messages.push({ role, text: cut(text) });
  };
  say("system", system);
  return {
    see: (event) => {
      if (event.type === "assistant.turn_start") turns += 1;
      else if (event.type === "assistant.usage") {
        calls.push(callOf(event.data));
        failures.length = 0;
      } else if (event.type === "assistant.message") say("assistant", assistantText(event.data));
      else if (event.type === "model.call_failure") {
        failures.push({ status: event.data.statusCode, text: event.data.errorMessage ?? "" });
      } else if (event.type === "tool.execution_complete" && !answered.has(event.data.toolCallId)) {
        // Not by a tool of ours: an unknown name, or arguments that are no JSON.
        say("tool", event.data.error?.message ?? event.data.result?.content ?? "");
      }
    },
    toolAnswered: (callId, tool, text) => {
      answered.add(callId);
      say("tool", `${tool}: ${text}`);
    },
    userSaid: (text) => say("user", text),
    turns: () => turns,
    failures: () => failures,
    // Copies: what the runtime still says while it is stopped belongs to no account.
    account: ({ end, problem }) => ({
      end,
      problem,
      turns,
      calls: [...calls],
      durationMs: Math.round(performance.now() - startedAt),
      messages: [...messages],
    }),
  };
}

type EventData<Type extends SessionEvent["type"]> = Extract<SessionEvent, { type: Type }>["data"];

function callOf(usage: EventData<"assistant.usage">): ModelCall {
  return {
    model: usage.model,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    ms: Math.round(usage.duration ?? 0),
  };
}

function assistantText({ content, toolRequests = [] }: EventData<"assistant.message">): string {
  const requests = toolRequests.map(({ name, arguments: args }) => `${name}(${JSON.stringify(args ?? {})})`);
  return [content, ...requests].filter((part) => part !== "").join("\n");
}

function cut(text: string): string {
  if (text.length <= MAX_MESSAGE_CHARACTERS) return text;
  const rest = text.length - MAX_MESSAGE_CHARACTERS;
  return `${text.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed()} [... ${rest} more characters]`;
}
