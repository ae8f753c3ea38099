import { open, rm } from "node:fs/promises";
import path from "node:path";
import { errorText, RepairError } from "../../core/errors.ts";

/**
 * Writes the transcript of a conversation with a model into the plan's run directory, in place of an
 * older one; returns its path. Throws RepairError `file_unwritable`.
 */
export async function saveTranscript(runDirectory: string, text: string): Promise<string> {
  const file = path.join(runDirectory, "transcript.json");
  try {
    // Not written through: what stands there may be a link to elsewhere.
    await rm(file, { force: true });
    await using handle = await open(file, "wx", 0o600);
    await handle.writeFile(text, "utf8");
    return file;
  } catch (cause) {
    throw new RepairError("file_unwritable", `"${file}" cannot be written: ${errorText(cause)}`, {
      hint: "leave --save-transcript out, or make room there",
      cause,
    });
  }
}
