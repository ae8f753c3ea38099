import { randomBytes } from "node:crypto";

const prefix = "gh-devlake-test";
const pattern = new RegExp(`^${prefix}-(\\d+)-[0-9a-f]{6}`);

/** A name for all that one deployment makes: directory, Compose project, network namespace. Holds the pid. */
export function newTestName(): string {
  return `${prefix}-${process.pid}-${randomBytes(3).toString("hex")}`;
}

/** Whether a name was given by a test process that is no more, so that its things may be removed. */
export function isLeftOver(name: string): boolean {
  const pid = pattern.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
