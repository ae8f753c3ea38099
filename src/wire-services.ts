import path from "node:path";
import { openDockerEngine } from "./adapters/docker/dockerode-engine.ts";
import {
  checkDockerPlaces,
  composeEnvironment,
  toolEnvironment,
} from "./adapters/process/child-environment.ts";
import { runBegunAhead, type BegunAhead } from "./adapters/compose/compose-config-ahead.ts";
import { createComposeCli } from "./adapters/compose/compose-cli.ts";
import { refuseLinkOut, refuseReadingOut } from "./adapters/files/created-place.ts";
import { approvalFromFlags } from "./adapters/terminal/flag-approval.ts";
import { createHostPorts } from "./adapters/host-ports/index.ts";
import { nodeClock } from "./adapters/node/node-clock.ts";
import { createNodeFiles } from "./adapters/files/node-files.ts";
import { nodeHttp } from "./adapters/node/node-http.ts";
import { quietDirectory, runIn } from "./adapters/files/quiet-directory.ts";
import { createRunCommand } from "./adapters/process/run-command.ts";
import { type RunCommand } from "./adapters/process/command.ts";
import { ownKeyPath } from "./adapters/signing/signing-key-path.ts";
import { terminalPrompt } from "./adapters/terminal/terminal-prompt.ts";
import { readUserFile, userFileExists, writeUserFile } from "./adapters/files/user-files.ts";
import type { CliServices, OpenTarget } from "./flows/services.ts";
import type { ApprovalRecord } from "./core/records/result.ts";
import { families, usualFamily } from "./targets/index.ts";
import type { LocalWritePorts } from "./targets/local/tools/define-local-tool.ts";
import type { RunState } from "./ports/run-state.ts";
import type { SavedSecretsReader, SavedSecretsWriter } from "./ports/saved-secrets.ts";
import { formatApproval } from "./ui/format-approval.ts";
import { jsonReporter } from "./ui/reporters/json-reporter.ts";
import { lineReporter } from "./ui/reporters/line-reporter.ts";
import type { Output, Timer } from "./ui/text/output.ts";
import { pauseWhileAsked } from "./ui/reporters/pause-while-asked.ts";
import { chooseStyle, isLive, type Style } from "./ui/text/style.ts";
import { terminalReporter, type LiveReporter } from "./ui/reporters/terminal-reporter.ts";

/** What main.ts takes from the process. */
export interface ProcessParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  /** The effective user's id; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly cwd: string;
  readonly homeDirectory: string;
  readonly userName: string;
  readonly nodeVersion: string;
  readonly version: string;
  /** The directory of package.json, as a `file:` URL that ends in a slash. */
  readonly packageRoot: URL;
  /** What main.ts began before anything was loaded. */
  readonly begunAhead: BegunAhead | undefined;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Makes the services of the commands out of the adapters. */
export function wireServices(parts: ProcessParts): CliServices {
  const { env, platform, homeDirectory, signal, stderr, stdin } = parts;
  const output = outputOf(stderr);
  const style = styleFor(parts, stderr);
  const keys = { env, homeDirectory, platform };
  const canAsk = stdin.isTTY && stderr.isTTY;
  let live: LiveReporter | undefined;
  return {
    families,
    version: parts.version,
    node: parts.nodeVersion,
    env,
    clock: nodeClock,
    random: Math.random,
    signal,
    userPolicyPath: path.join(path.dirname(ownKeyPath(keys)), "policy.yaml"),
    print: (text) => parts.stdout.write(text),
    style: styleFor(parts, parts.stdout),
    openReporter: (json) => {
      if (json) return { reporter: jsonReporter(output, nodeClock.now), close: () => undefined };
      if (!isLive({ env, isTty: stderr.isTTY, columns: stderr.columns, platform })) {
        return { reporter: lineReporter(output), close: () => undefined };
      }
      const opened = terminalReporter(output, style, timer);
      live = opened;
      return { reporter: opened, close: () => opened.close() };
    },
    files: userFiles(parts),
    publishedSchema: async (name) => {
      const { openPublishedSchema } = await import("./adapters/node/published-schemas.ts");
      return openPublishedSchema(name, parts.packageRoot);
    },
    openTarget: (directory, { secretVariables }) =>
      openTarget(parts, path.resolve(parts.cwd, directory), secretVariables),
    findModel: async (policyModel, planner) => {
      const { findModel } = await import("./adapters/copilot/find-model.ts");
      return findModel({ env, policyModel, run: runAway("gh", parts), homeDirectory, planner });
    },
    ...runState(parts),
    openSigner: async (key) => {
      const { openKeyFileSigner } = await import("./adapters/signing/key-file-signer.ts");
      const opened = await openKeyFileSigner(keys, key);
      return { signer: opened, keyId: opened.keyId, publicKeyPem: opened.publicKeyPem };
    },
    trustedKeys: async (key) => {
      const { readOwnPublicKey } = await import("./adapters/signing/key-file-signer.ts");
      const { readPublicKey } = await import("./attest/keys.ts");
      const own = await readOwnPublicKey(keys);
      const given = key === undefined ? undefined : (await readUserFile(key, 64 * 1024)).toString("utf8");
      return [
        ...(own === undefined
          ? []
          : [{ origin: "own", key: readPublicKey(own.pem), from: own.from } as const]),
        ...(key === undefined || given === undefined
          ? []
          : [{ origin: "given", key: readPublicKey(given), from: `${key} (--key)` } as const]),
      ];
    },
    approver: () => approver(parts),
    canAsk,
    openPrompt: () => {
      if (!canAsk) return undefined;
      const prompt = terminalPrompt({
        input: stdin,
        output: stderr,
        signal,
        render: (text) => formatApproval(text, style),
      });
      return live === undefined ? prompt : { ...pauseWhileAsked(prompt, live), close: prompt.close };
    },
    approvalFromFlags,
  };
}

function userFiles({ cwd }: ProcessParts): CliServices["files"] {
  const check = async (file: string, links: "refuse" | undefined): Promise<void> => {
    if (links === "refuse") await refuseLinkOut(file, cwd);
  };
  return {
    read: async (file, maxBytes, options) => {
      if (options?.links === "inside") await refuseReadingOut(file, cwd);
      return readUserFile(file, maxBytes, options);
    },
    exists: async (file, options) => {
      await check(file, options?.links);
      return userFileExists(file);
    },
    write: async (file, text, { force, links }) => {
      await check(file, links);
      await writeUserFile(file, text, { force });
    },
  };
}

function styleFor({ env, platform }: ProcessParts, stream: NodeJS.WriteStream): Style {
  return chooseStyle({ env, platform, isTty: stream.isTTY, columns: stream.columns });
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => stream.write(text),
    get columns() {
      return stream.columns;
    },
    isTty: stream.isTTY,
  };
}

const timer: Timer = {
  monotonicMs: nodeClock.monotonicMs,
  every: (ms, tick) => {
    const interval = setInterval(tick, ms);
    interval.unref();
    return () => clearInterval(interval);
  },
};

async function openTarget(
  parts: ProcessParts,
  directory: string,
  secretVariables: readonly string[],
): Promise<OpenTarget> {
  const { env, platform, homeDirectory } = parts;
  checkDockerPlaces(parts);
  // Without the signal: after Ctrl-C a run still looks what its last step did, so that it can say so.
  const docker = await openDockerEngine({ env, home: homeDirectory, platform });
  const run = runIn(quietDirectory(homeDirectory), createRunCommand(composeEnvironment(parts)));
  const compose = createComposeCli(env, runBegunAhead(run, parts.begunAhead));
  const files = createNodeFiles(directory);
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const savedSecrets = savedSecretsOf(parts, directory);
  const eyes = usualFamily.look({
    directory,
    environment: new Map(variables),
    pathListSeparator: platform === "win32" ? ";" : ":",
    secretVariables,
    ports: {
      docker,
      compose,
      files,
      http: nodeHttp,
      clock: nodeClock,
      savedSecrets,
      hostPorts: createHostPorts({ platform, run: runAway("system", parts) }),
    },
  });
  const write: LocalWritePorts = { docker, compose, files, savedSecrets };
  return { family: usualFamily, directory, eyes, write, close: docker.close };
}

function savedSecretsOf(
  { env, homeDirectory, platform, uid }: ProcessParts,
  directory: string,
): SavedSecretsReader & SavedSecretsWriter {
  const load = async (): Promise<SavedSecretsReader & SavedSecretsWriter> => {
    const [{ createSavedSecrets }, { statePath }] = await Promise.all([
      import("./adapters/state/saved-secrets.ts"),
      import("./adapters/state/state-path.ts"),
    ]);
    return createSavedSecrets({ place: statePath({ env, homeDirectory, platform }), uid }, directory);
  };
  return {
    read: async (deployment) => (await load()).read(deployment),
    save: async (...asked) => (await load()).save(...asked),
  };
}

/** What only a run needs is loaded with it: looking and planning start the sooner. */
function runState({ env, homeDirectory, platform, pid, uid, userName }: ProcessParts): RunState {
  const load = async (): Promise<RunState> => {
    const [{ createRunState }, { statePath }] = await Promise.all([
      import("./adapters/state/run-state.ts"),
      import("./adapters/state/state-path.ts"),
    ]);
    const place = statePath({ env, homeDirectory, platform });
    return createRunState({ place, uid, platform, pid, userName, clock: nodeClock });
  };
  return {
    hasRun: async (...asked) => (await load()).hasRun(...asked),
    openRun: async (...asked) => (await load()).openRun(...asked),
    readJournal: async (...asked) => (await load()).readJournal(...asked),
    saveTranscript: async (...asked) => (await load()).saveTranscript(...asked),
    keepReviewed: async (...asked) => (await load()).keepReviewed(...asked),
    reviewed: async (...asked) => (await load()).reviewed(...asked),
    isElsewhere: async (...asked) => (await load()).isElsewhere(...asked),
    hasOldRunState: async (directory) => {
      const { hasOldRunState } = await import("./adapters/files/other-directories.ts");
      return hasOldRunState(directory);
    },
  };
}

async function approver(parts: ProcessParts): Promise<ApprovalRecord["approver"]> {
  const { env, userName, homeDirectory, platform } = parts;
  const [{ ghIdentity }, { gitEmail, gitEnvironment }] = await Promise.all([
    import("./adapters/identity/gh-identity.ts"),
    import("./adapters/identity/git-email.ts"),
  ]);
  const gh = await ghIdentity({ env, homeDirectory, platform });
  const email = await gitEmail(runAway("git", { ...parts, env: gitEnvironment(env) }));
  return {
    osUser: userName,
    ...(email !== undefined && { gitEmail: email }),
    ...(gh !== undefined && { gh }),
  };
}

/** For programs that have nothing to do with the deployment's directory. */
function runAway(
  tool: "gh" | "git" | "system",
  parts: Pick<ProcessParts, "env" | "homeDirectory" | "platform">,
): RunCommand {
  return runIn(quietDirectory(parts.homeDirectory), createRunCommand(toolEnvironment(tool, parts)));
}
