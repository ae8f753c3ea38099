import type {
  CopilotClient,
  CopilotSession,
  ProviderConfig,
  SessionConfig,
  SessionEvent,
} from "@github/copilot-sdk";
import type { ModelRequest } from "../../ports/model.ts";
import type { CopilotSdk } from "./copilot-sdk.ts";
import type { Ending } from "./copilot-ending.ts";
import { runtimeEnvironment } from "./copilot-environment.ts";
import { createMemoryFiles } from "./copilot-memory-files.ts";
import type { Recorder } from "./copilot-record.ts";
import type { TempRoot } from "./copilot-temp-root.ts";
import { sdkTools } from "./copilot-tools.ts";
import type { Environment } from "../process/run-command.ts";

/** Who answers: GitHub with a token of the user, or a provider of one's own. */
export type ModelAccess =
  | { readonly kind: "github"; readonly token: string }
  | { readonly kind: "own"; readonly provider: ProviderConfig };

export interface RuntimeOptions {
  /** What the model is called at its provider; GitHub has a default. */
  readonly model: string | undefined;
  readonly access: ModelAccess;
  readonly environment: Environment;
  /** Further variables of the runtime, for a GitHub of one's own. */
  readonly runtimeVariables?: Readonly<Record<string, string>>;
}

/** A runtime of our own as a child process, with nothing of the user's machine in reach; not started yet. */
export function createClient(sdk: CopilotSdk, root: TempRoot, options: RuntimeOptions): CopilotClient {
  return new sdk.CopilotClient({
    // Said, because a variable of the user's could choose a transport that knows no environment of its own.
    connection: sdk.RuntimeConnection.forStdio(),
    mode: "empty",
    baseDirectory: root.home,
    workingDirectory: root.cwd,
    env: {
      ...runtimeEnvironment(options.environment, root),
      // Then it talks to that provider alone (docs.github.com, "Authenticating GitHub Copilot CLI").
      ...(options.access.kind === "own" && { COPILOT_OFFLINE: "true" }),
      ...options.runtimeVariables,
    },
    logLevel: "none",
    sessionFs: { initialCwd: root.cwd, sessionStatePath: "/state", conventions: "posix" },
    ...(options.access.kind === "github" && { gitHubToken: options.access.token }),
    // Else it looks the user up at api.github.com, for other providers too.
    useLoggedInUser: false,
  });
}

/**
 * A session that has our tools and nothing else. Each line shuts one way in; the runtime has no single
 * switch for all of them, and `availableTools` alone filters no tool that a server or an extension adds.
 */
export async function createSession(
  client: CopilotClient,
  request: ModelRequest,
  parts: { readonly options: RuntimeOptions; readonly ending: Ending; readonly recorder: Recorder } & {
    readonly onEvent: (event: SessionEvent) => void;
  },
): Promise<CopilotSession> {
  const { options, ending, recorder, onEvent } = parts;
  const names = request.tools.map(({ name }) => name);
  const config: SessionConfig = {
    ...(options.model !== undefined && { model: options.model }),
    ...(options.access.kind === "own" && { provider: options.access.provider }),
    tools: [...sdkTools(request.tools, ending, recorder)],
    availableTools: names.map((name) => `custom:${name}`),
    excludedTools: ["builtin:*", "mcp:*"],
    disabledMcpServers: ["github-mcp-server"],
    enableConfigDiscovery: false,
    skipCustomInstructions: true,
    systemMessage: { mode: "replace", content: request.system },
    infiniteSessions: { enabled: false },
    // It would write a long answer of a tool into a file; our tools cap what they say.
    largeOutput: { enabled: false },
    createSessionFsProvider: createMemoryFiles,
    managedSettings: { permissions: { deny: ["Shell(*)", "Read(**)", "Edit(**)"] } },
    onPermissionRequest: () => ({ kind: "reject", feedback: "nothing is permitted here" }),
    onEvent,
    hooks: {
      // Never "allow", which would go round the permission handler.
      onPreToolUse: ({ toolName }) =>
        names.includes(toolName)
          ? undefined
          : { permissionDecision: "deny", permissionDecisionReason: "there is no such tool" },
      // It puts the time of day before the prompt, and no two prompts would be equal.
      onUserPromptTransformed: ({ prompt }) => ({ modifiedTransformedPrompt: prompt }),
    },
  };
  return client.createSession(config);
}

/** Tools that would be offered and are not ours, or are ours and would not be offered; none is good. */
export function wrongTools(
  offered: readonly { readonly name: string }[],
  wanted: readonly { readonly name: string }[],
): readonly string[] {
  const names = new Set(offered.map(({ name }) => name));
  return [...names.symmetricDifference(new Set(wanted.map(({ name }) => name)))];
}
