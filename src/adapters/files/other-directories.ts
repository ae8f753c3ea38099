import { lstat, realpath } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";

const OLD_STATE = path.join(".devlake", "repair");

/** Whether the directory holds what older versions kept there. Only that is asked: nothing of it is opened. */
export async function hasOldRunState(targetDirectory: string): Promise<boolean> {
  try {
    await lstat(path.join(targetDirectory, OLD_STATE));
    return true;
  } catch {
    // Whatever the reason, nothing depends on it.
    return false;
  }
}

/** Whether `recorded` is still a directory, and another one than `directory`; links are followed. */
export async function isElsewhere(recorded: string, directory: string): Promise<boolean> {
  try {
    return (await realpath(recorded)) !== (await realpath(directory));
  } catch (cause) {
    // It was moved here, or to where nobody can say.
    if (["ENOENT", "ENOTDIR"].includes(errnoCode(cause) ?? "")) return false;
    throw new RepairError("file_unreadable", `"${recorded}" cannot be looked for: ${errorText(cause)}`, {
      hint: "the run changed files there: check that you may look into it",
      cause,
    });
  }
}
