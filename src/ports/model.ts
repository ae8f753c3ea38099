/** What a tool of ours says to the model that called it. */
export type ToolAnswer =
  /** The conversation goes on. */
  | { readonly kind: "answer"; readonly text: string }
  /** The call was wrong; the text says how to correct it, and the conversation goes on. */
  | { readonly kind: "refused"; readonly text: string }
  /** Nothing more is wanted of the model. */
  | { readonly kind: "end"; readonly text: string };

/** A tool that the model may call. Neither SDK nor runtime checks arguments: `call` does, and never throws. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly call: (args: unknown) => ToolAnswer | Promise<ToolAnswer>;
}

export interface ModelRequest {
  /** Our words alone; never text from a deployment. */
  readonly system: string;
  readonly prompt: string;
  /** Exactly what the model can call; a runtime that offers it more is an error. */
  readonly tools: readonly ModelTool[];
  /** Milliseconds for everything: start of the runtime, retries and all turns. */
  readonly timeoutMs: number;
  readonly maxTurns: number;
  readonly signal: AbortSignal;
}

/** Why a conversation was over. */
export type ModelEnd =
  /** A tool answered with `end`. */
  | "ended"
  /** The model had nothing more to say. */
  | "idle"
  | "max_turns"
  | "timed_out"
  | "interrupted"
  /** The provider refused, failed or could not be reached; `problem` says which. */
  | "provider_failed"
  /** The runtime could not be started or died. */
  | "runtime_failed"
  /** The runtime would have offered the model other tools than ours; nothing was sent. */
  | "tool_leak";

/** One successful call of the provider. Token counts are the provider's own; 0 when it gives none. */
export interface ModelCall {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly ms: number;
}

/** One message of the conversation as it went over the wire, for those who keep a transcript. */
export interface ModelMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
}

/** What a conversation was and what it cost. */
export interface ModelAccount {
  readonly end: ModelEnd;
  /** What went wrong, for people: no secret, no stack. */
  readonly problem: string | undefined;
  readonly turns: number;
  readonly calls: readonly ModelCall[];
  readonly durationMs: number;
  readonly messages: readonly ModelMessage[];
}

/** A model at a provider. */
export interface Model {
  /** The model that is asked for. */
  readonly name: string;
  /** `copilot`, or the kind and host of one's own provider, such as `openai at localhost:11434`. Never a key. */
  readonly provider: string;
  /** Never rejects, and leaves no process and no directory behind, however it ends. */
  readonly converse: (request: ModelRequest) => Promise<ModelAccount>;
}

/** Whether a model can be reached from here, found out without starting anything. */
export type ModelLookup =
  | { readonly kind: "ready"; readonly model: Model }
  /** `hint` says what would make it ready. */
  | { readonly kind: "absent"; readonly reason: string; readonly hint: string };
