import type { CopilotClient, SessionEvent } from "@github/copilot-sdk";
import { errorText } from "../../core/errors.ts";
import type { Model, ModelAccount, ModelRequest } from "../../ports/model.ts";
import { boundRuntime } from "./copilot-bounds.ts";
import { childOf, close, type Opened } from "./copilot-close.ts";
import { beginEnding, type Ending } from "./copilot-ending.ts";
import { githubProblem } from "./copilot-github.ts";
import { createClean, failuresText, isEnough, type Clean } from "./copilot-problem.ts";
import { createRecorder, type CallFailure, type Recorder } from "./copilot-record.ts";
import { loadSdk } from "./copilot-sdk.ts";
import {
  createClient,
  createSession,
  wrongTools,
  type ModelAccess,
  type RuntimeOptions,
} from "./copilot-session.ts";
import { openTempRoot } from "./copilot-temp-root.ts";
import { runIn } from "../files/quiet-directory.ts";
import { createRunCommand } from "../process/run-command.ts";

export interface CopilotModelOptions extends RuntimeOptions {
  /** What `Model.provider` says. */
  readonly provider: string;
  /** Where the private directory of a conversation is made; the system's own place when left out. */
  readonly temporaryDirectory?: string;
}

/** How often a runtime that died without a word is noticed. */
const HEARTBEAT_MS = 1000;
const REMINDER = "Nothing was handed in yet. Answer by calling one of your tools.";

/** A model that is talked to through @github/copilot-sdk and the runtime it brings along. */
export function createCopilotModel(options: CopilotModelOptions): Model {
  return {
    name: options.model ?? "default",
    provider: options.provider,
    converse: (request) => converse(options, request),
  };
}

async function converse(options: CopilotModelOptions, request: ModelRequest): Promise<ModelAccount> {
  const ending = beginEnding(request);
  const recorder = createRecorder(request);
  const opened: Opened = {};
  const clean = createClean(secretsOf(options.access));
  const talk = begin(options, request, { ending, recorder, opened, clean }).catch((thrown: unknown) =>
    ending.settle("runtime_failed", `the Copilot runtime failed: ${clean(errorText(thrown))}`),
  );
  const outcome = await ending.outcome;
  ending.release();
  const problem =
    outcome.end === "timed_out" ? lateText(request, recorder.failures(), clean) : outcome.problem;
  const account = recorder.account({ end: outcome.end, problem });
  const leftBehind = await close(opened, talk);
  return leftBehind === undefined ? account : { ...account, problem: account.problem ?? leftBehind };
}

/** Also what the provider last said, where the deadline cut its retries short. */
function lateText({ timeoutMs }: ModelRequest, failures: readonly CallFailure[], clean: Clean): string {
  const said = failuresText(failures, clean);
  return `no end within ${timeoutMs / 1000} s${said === undefined ? "" : `; ${said}`}`;
}

function secretsOf(access: ModelAccess): readonly string[] {
  const secrets =
    access.kind === "github" ? [access.token] : [access.provider.apiKey, access.provider.bearerToken];
  return secrets.filter((secret) => secret !== undefined);
}

interface Parts {
  readonly ending: Ending;
  readonly recorder: Recorder;
  readonly opened: Opened;
  readonly clean: Clean;
}

/** From nothing to the first message; asks after each step whether it is too late for the next. */
async function begin(options: CopilotModelOptions, request: ModelRequest, parts: Parts): Promise<void> {
  const { ending, recorder, opened, clean } = parts;
  if (ending.isOver()) return;
  const loaded = await loadSdk();
  if (loaded.kind === "absent") return ending.settle("runtime_failed", loaded.reason);
  const root = await openTempRoot(options.temporaryDirectory);
  opened.root = root;
  if (ending.isOver()) return;
  const client = createClient(loaded.sdk, root, options);
  opened.client = client;
  await client.start();
  const child = childOf(client);
  if (child === undefined) return ending.settle("runtime_failed", "the Copilot runtime cannot be watched");
  opened.unwatch = boundRuntime(child, ending, runIn(root.cwd, createRunCommand(options.environment)));
  if (options.access.kind === "github") {
    const problem = await githubProblem(client, options.model);
    if (problem !== undefined) return ending.settle("provider_failed", clean(problem));
  }
  if (ending.isOver()) return;
  const onEvent = (event: SessionEvent): void => follow(event, request, parts);
  const session = await createSession(client, request, { options, ending, recorder, onEvent });
  opened.session = session;
  const { tools: offered } = await session.rpc.tools.getCurrentMetadata();
  const wrong = wrongTools(offered ?? [], request.tools);
  if (wrong.length > 0) {
    return ending.settle("tool_leak", `the runtime's tools are not ours alone: ${wrong.join(", ")}`);
  }
  if (ending.isOver()) return;
  opened.heartbeat = beat(client, ending);
  await say(request.prompt, parts);
}

async function say(prompt: string, { recorder, opened }: Parts): Promise<void> {
  recorder.userSaid(prompt);
  await opened.session?.send({ prompt });
}

function follow(event: SessionEvent, request: ModelRequest, parts: Parts): void {
  const { ending, recorder, clean } = parts;
  if (ending.isOver()) return;
  if (event.type === "assistant.turn_start" && recorder.turns() >= request.maxTurns) {
    return ending.settle("max_turns", `no end after ${request.maxTurns} turns`);
  }
  recorder.see(event);
  if (event.type === "model.call_failure" && isEnough(recorder.failures())) {
    ending.settle("provider_failed", failuresText(recorder.failures(), clean));
  } else if (event.type === "session.error") {
    const unusable = `the provider's answer could not be used: ${clean(event.data.message)}`;
    ending.settle("provider_failed", failuresText(recorder.failures(), clean) ?? unusable);
  } else if (event.type === "session.idle") {
    goOn(parts);
  }
}

/** The model wrote words instead of calling a tool: it is reminded once. */
function goOn(parts: Parts): void {
  const { ending, opened, clean } = parts;
  if (opened.reminded === true) return ending.settle("idle", "the model handed nothing in");
  opened.reminded = true;
  say(REMINDER, parts).catch((thrown: unknown) => ending.settle("runtime_failed", clean(errorText(thrown))));
}

/** No event tells that the runtime died; a question that it cannot answer does. */
function beat(client: CopilotClient, ending: Ending): NodeJS.Timeout {
  let waiting = false;
  return setInterval(() => {
    if (waiting) return;
    waiting = true;
    client.ping().then(
      () => void (waiting = false),
      (thrown: unknown) => ending.settle("runtime_failed", `the Copilot runtime died: ${errorText(thrown)}`),
    );
  }, HEARTBEAT_MS);
}
