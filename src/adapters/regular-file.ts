import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/**
 * Opens a file to read it when it is a regular one. Throws what Node throws, `EISDIR` for a directory, `ELOOP` for a
 * link that is to be refused (where the system can tell), and a plain Error for pipes and devices. The caller closes it.
 */
export async function openRegularFile(
  path: string,
  { links = "follow" }: { readonly links?: "follow" | "refuse" } = {},
): Promise<{ readonly file: FileHandle; readonly size: number }> {
  // O_NONBLOCK: opening a named pipe would wait for a writer for ever.
  const noLink = links === "refuse" ? (constants.O_NOFOLLOW ?? 0) : 0;
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noLink);
  try {
    const entry = await file.stat();
    if (entry.isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" });
    if (!entry.isFile()) throw new Error("it is not a regular file");
    return { file, size: entry.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}
