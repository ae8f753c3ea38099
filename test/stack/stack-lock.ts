import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

interface Held {
  readonly release: () => Promise<void>;
  users: number;
}

const held = new Map<string, Promise<Held>>();

/**
 * Takes a lock of this machine for this process, once however often it asks: DevLake's ports are fixed,
 * so two test runs on one engine would break each other. The kernel gives it back when the process dies.
 */
export async function lockForThisProcess(name: string): Promise<AsyncDisposable> {
  const pending = held.get(name) ?? take(name);
  held.set(name, pending);
  const lock = await pending;
  lock.users += 1;
  return {
    async [Symbol.asyncDispose]() {
      lock.users -= 1;
      if (lock.users > 0) return;
      held.delete(name);
      await lock.release();
    },
  };
}

async function take(name: string): Promise<Held> {
  const file = join(tmpdir(), `gh-devlake-test-${name}.lock`);
  // `cat` says when the lock is had, and ends with this process's pipe.
  const holder = execa("flock", [file, "sh", "-c", "echo held; exec cat"], { reject: false, buffer: false });
  await Promise.race([once(holder.stdout, "data"), holder.then(refuse)]);
  return {
    users: 0,
    async release() {
      holder.stdin.end();
      await holder;
    },
  };
}

function refuse(): never {
  throw new Error("flock ended without giving the lock: is util-linux installed?");
}
