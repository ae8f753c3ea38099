import { connect, createServer, type Server, type Socket } from "node:net";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import type { Lock, LockOwner } from "../../ports/lock.ts";
import { lockedError, parseLockOwner, writeLockOwner } from "./lock-owner.ts";

/** The holder answers at once when it can; a stopped one, or a stranger, never does. */
const ANSWER_MS = 2_000;
const MOST_BYTES = 4_096;
/** At once; whoever comes then is not told who holds it. */
const MOST_ASKING = 16;
const TRIES = 3;

/** Servers that hold a lock. Were one only reachable through a forgotten `Lock`, collecting it would free the lock. */
const held = new Set<Server>();

/**
 * Locks a deployment by an abstract socket of Linux (unix(7)): a name in the kernel, of which there is one for all users of
 * the network namespace, which no file can forge, and which goes with the process however it ends. `digest`: of the
 * deployment. Throws RepairError `locked`.
 */
export async function acquireSocketLock(digest: string, owner: LockOwner): Promise<Lock> {
  const name = `gh-devlake-repair-${digest}`;
  for (let attempt = 1; ; attempt += 1) {
    const server = await listen(name, owner);
    if (server !== undefined) {
      held.add(server);
      return { release: () => free(server) };
    }
    const answer = await askHolder(name);
    // It let go between our two calls.
    if (answer.kind === "gone" && attempt < TRIES) continue;
    throw answer.kind === "owner" ? lockedError(answer.owner) : strangerError(name, answer);
  }
}

/** undefined when the name is taken. */
async function listen(name: string, owner: LockOwner): Promise<Server | undefined> {
  const line = writeLockOwner(owner);
  const server = createServer((socket) => tell(socket, line));
  server.maxConnections = MOST_ASKING;
  // It is there as long as the run, and no longer.
  server.unref();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  // For good: what goes wrong with somebody who asks is no matter for the run.
  server.on("error", (error) => (errnoCode(error) === "EADDRINUSE" ? resolve(false) : reject(error)));
  server.listen({ path: `\0${name}` }, () => resolve(true));
  try {
    return (await promise) ? server : undefined;
  } catch (cause) {
    throw new RepairError("locked", `the lock of this deployment cannot be taken: ${errorText(cause)}`, {
      hint: "it is an abstract Unix socket: something on this machine forbids those; without it two runs could work at once",
      cause,
    });
  }
}

function tell(socket: Socket, line: string): void {
  socket.unref();
  socket.on("error", () => socket.destroy());
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  // Nothing that is said to us is of interest.
  socket.on("data", () => socket.destroy());
  socket.end(line);
}

async function free(server: Server): Promise<void> {
  if (!held.delete(server)) return;
  // Only the name matters; those who still ask are let go by their own timeouts.
  server.close();
  await Promise.resolve();
}

type Answer =
  | { readonly kind: "owner"; readonly owner: LockOwner }
  | { readonly kind: "silent" | "garbage" | "gone" };

/** What the holder of the name says of itself, within two seconds and a few kilobytes. */
async function askHolder(name: string): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const socket = connect({ path: `\0${name}` });
  const deadline = setTimeout(() => resolve({ kind: "silent" }), ANSWER_MS);
  let said = Buffer.alloc(0);
  const heard = (): void => {
    const owner = parseLockOwner(said.toString("utf8").split("\n", 1).join(""));
    resolve(
      owner === undefined ? { kind: said.length === 0 ? "silent" : "garbage" } : { kind: "owner", owner },
    );
  };
  socket.on("data", (chunk: Buffer) => {
    said = Buffer.concat([said, chunk.subarray(0, MOST_BYTES + 1 - said.length)]);
    if (said.length > MOST_BYTES) resolve({ kind: "garbage" });
    else if (said.includes("\n")) heard();
  });
  socket.on("end", heard);
  socket.on("error", (error) => resolve({ kind: errnoCode(error) === "ECONNREFUSED" ? "gone" : "silent" }));
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    socket.destroy();
  }
}

function strangerError(name: string, { kind }: Answer): RepairError {
  const what = kind === "garbage" ? "does not say who it is as a run would" : "does not answer who it is";
  return new RepairError(
    "locked",
    `something holds the lock of this deployment and ${what}: a run that was stopped, or another program`,
    {
      hint: `see which process it is: ss -xlp | grep ${name}; its owner or root can let it go on or end it, and the lock goes with it; nothing was changed`,
    },
  );
}
