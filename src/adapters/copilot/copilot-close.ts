import { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { CopilotClient, CopilotSession } from "@github/copilot-sdk";
import { errorText } from "../../core/errors.ts";
import type { TempRoot } from "./copilot-temp-root.ts";

/** What was opened so far and has to be closed, at whatever point a conversation ends. */
export interface Opened {
  root?: TempRoot;
  client?: CopilotClient;
  child?: ChildProcess;
  session?: CopilotSession;
  heartbeat?: NodeJS.Timeout;
  /** Stops watching what the runtime takes. */
  unwatch?: () => void;
  reminded?: boolean;
}

/** Long enough for the runtime to close its connection to the provider. */
const ABORT_MS = 300;
const SETTLE_MS = 2000;

/**
 * The runtime as a process, which the SDK keeps to itself: only whoever sees it end knows that nothing more
 * is written. Undefined when another version of the SDK keeps it elsewhere; then it is not waited for.
 */
export function childOf(client: CopilotClient): ChildProcess | undefined {
  const child: unknown = Reflect.get(client, "cliProcess");
  return child instanceof ChildProcess ? child : undefined;
}

/**
 * Ends all that was opened: never rejects, and takes a few milliseconds unless the runtime is stuck. `talk` is
 * who opens: it stops at its next step, and what it still opened until then is closed, too. Gives what is left.
 */
export async function close(opened: Opened, talk: Promise<void>): Promise<string | undefined> {
  clearInterval(opened.heartbeat);
  // Else it rejects when the runtime is stopped, and nobody listens any more.
  if (opened.session !== undefined) await atMost(ABORT_MS, opened.session.abort());
  await stop(opened);
  await atMost(SETTLE_MS, talk);
  await stop(opened);
  clearInterval(opened.heartbeat);
  opened.unwatch?.();
  try {
    opened.root?.wipe();
    return undefined;
  } catch (thrown) {
    return `${opened.root?.root} could not be removed: ${errorText(thrown)}`;
  }
}

async function stop(opened: Opened): Promise<void> {
  const { client } = opened;
  if (client === undefined) return;
  const child = childOf(client) ?? opened.child;
  if (child !== undefined) opened.child = child;
  await atMost(SETTLE_MS, client.forceStop());
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    await atMost(SETTLE_MS, once(child, "exit"));
  }
}

/** Waits for the end of what must not hold us up, whether it is good or bad. */
async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const settled = promise.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, wait(ms, undefined, { signal: limit.signal })]);
  limit.abort();
}
