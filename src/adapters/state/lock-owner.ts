import { z } from "zod";
import { RepairError } from "../../core/errors.ts";
import type { LockOwner } from "../../ports/lock.ts";

/** It is printed, whoever wrote it: control and invisible characters go. */
const printable = z.string().transform((text) => text.replaceAll(/\p{C}/gu, " ").slice(0, 400));

const OwnerSchema: z.ZodType<LockOwner> = z.strictObject({
  pid: z.int(),
  host: printable,
  user: printable,
  startedAt: z.iso.datetime(),
  command: printable,
});

/** One line. */
export function writeLockOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/** undefined for what is no such line. */
export function parseLockOwner(text: string): LockOwner | undefined {
  try {
    return OwnerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Only a hint for people: the refusal stands whether or not its owner can be named.
    return undefined;
  }
}

/** Who they are is their own word: nothing proves it. */
export function lockedError(owner: LockOwner | undefined): RepairError {
  const who =
    owner === undefined
      ? "its owner could not be read"
      : `it says that it is ${owner.user} on ${owner.host}, pid ${owner.pid}, since ${owner.startedAt} (${owner.command})`;
  return new RepairError("locked", `another run works on this deployment: ${who}`, {
    hint: "wait until it ends, or end it: the lock goes with the process, and there is no lock file to remove",
  });
}
