import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createCopilotModel } from "../../../src/adapters/copilot/copilot-model.ts";
import type { Environment } from "../../../src/adapters/process/run-command.ts";
import type { ModelAccount, ModelRequest, ModelTool, ToolAnswer } from "../../../src/ports/model.ts";
import { startProvider, type ProviderRequest, type Script } from "./copilot-provider-server.ts";

export interface Conversation {
  readonly account: ModelAccount;
  readonly requests: readonly ProviderRequest[];
  /** Arguments of all calls of `submit_plan`. */
  readonly answers: readonly unknown[];
  readonly ms: number;
}

export interface ConversationOptions extends Partial<ModelRequest> {
  /** What `submit_plan` answers to its n-th call; `end` when left out. */
  readonly submit?: (args: unknown, index: number) => ToolAnswer;
  readonly environment?: Environment;
  /** In place of the scripted server's. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Is told where the conversation keeps its directory. */
  readonly temporaryDirectory?: string;
}

export function tool(name: string, call: ModelTool["call"]): ModelTool {
  return {
    name,
    description: `What ${name} does.`,
    parameters: { type: "object", properties: { fix: { type: "string" } }, additionalProperties: true },
    call,
  };
}

/** Our three tools; `submit_plan` notes what it is called with. */
export function ourTools(answers: unknown[], submit: ConversationOptions["submit"]): readonly ModelTool[] {
  return [
    tool("read_fact", () => ({ kind: "answer", text: "a fact" })),
    tool("read_log", () => ({ kind: "answer", text: "a log" })),
    tool("submit_plan", (args) => {
      answers.push(args);
      return submit?.(args, answers.length - 1) ?? { kind: "end", text: "taken" };
    }),
  ];
}

/** Holds one conversation with the real runtime and a scripted provider, and fails when anything is left of it. */
export async function converseWith(script: Script, options: ConversationOptions = {}): Promise<Conversation> {
  const { submit, environment = {}, baseUrl, apiKey = "sk-test-0123456789abcdef", ...request } = options;
  const answers: unknown[] = [];
  const parent = options.temporaryDirectory ?? mkdtempSync(path.join(tmpdir(), "copilot-test-"));
  const provider = await startProvider(script);
  const startedAt = performance.now();
  try {
    const model = createCopilotModel({
      model: "test-model",
      provider: "openai at test",
      access: { kind: "own", provider: { type: "openai", baseUrl: baseUrl ?? provider.baseUrl, apiKey } },
      environment,
      temporaryDirectory: parent,
    });
    const account = await model.converse({
      system: "You plan repairs.",
      prompt: "Plan now.",
      tools: ourTools(answers, submit),
      timeoutMs: 15_000,
      maxTurns: 8,
      signal: new AbortController().signal,
      ...request,
    });
    const ms = performance.now() - startedAt;
    assertNothingLeft(parent);
    return { account, requests: provider.requests, answers, ms };
  } finally {
    await provider.close();
    if (options.temporaryDirectory === undefined) rmSync(parent, { recursive: true, force: true });
  }
}

/** Neither a directory of a conversation below `parent` nor a runtime that works in one. */
export function assertNothingLeft(parent: string): void {
  const directories = readdirSync(parent).filter((name) => name.startsWith("gh-devlake-model-"));
  if (directories.length > 0) throw new Error(`left in ${parent}: ${directories.join(", ")}`);
  const processes = runtimesIn(parent);
  if (processes.length > 0) throw new Error(`still running: ${processes.join(", ")}`);
}

/** Process ids of runtimes whose home is below `parent`. */
export function runtimesIn(parent: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(`COPILOT_HOME=${parent}/`))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return existsSync(`/proc/${pid}/environ`) ? readFileSync(`/proc/${pid}/environ`, "utf8") : "";
  } catch (thrown) {
    // It ended in between, or is another user's.
    return String(thrown);
  }
}
