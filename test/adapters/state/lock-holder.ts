import { writeSync } from "node:fs";
import { acquireSocketLock } from "../../../src/adapters/state/socket-lock.ts";
import { acquireFileLock } from "../../../src/adapters/state/sqlite-lock.ts";
import { errorText, errnoCode } from "../../../src/core/errors.ts";

// A process that takes a lock, says `held` or why not, and keeps it until it is killed or told to end.
const [, , kind = "", where = "", user = ""] = process.argv;
const owner = {
  pid: process.pid,
  host: "test-host",
  user,
  startedAt: "2026-11-22T10:15:00.000Z",
  command: "gh devlake repair",
};

try {
  const lock = await (kind === "file" ? acquireFileLock : acquireSocketLock)(where, owner);
  writeSync(1, "held\n");
  for await (const _chunk of process.stdin);
  await lock.release();
} catch (thrown) {
  writeSync(1, `${errnoCode(thrown)}: ${errorText(thrown)}\n`);
}
