import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** A file that has more bytes than are read. */
export class FileTooLarge extends Error {}

/**
 * Reads a file when it is a regular one of at most `maxBytes`. Throws what Node throws, `EISDIR` for a directory,
 * `ELOOP` for a link that is to be refused (where the system can tell), FileTooLarge, and a plain Error for pipes
 * and devices.
 */
export async function readRegularFile(
  path: string,
  maxBytes: number,
  { links = "follow" }: { readonly links?: "follow" | "refuse" } = {},
): Promise<Buffer> {
  // O_NONBLOCK: opening a named pipe would wait for a writer for ever.
  const noLink = links === "refuse" ? (constants.O_NOFOLLOW ?? 0) : 0;
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noLink);
  const entry = await file.stat();
  if (entry.isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" });
  if (!entry.isFile()) throw new Error("it is not a regular file");
  if (entry.size > maxBytes) {
    throw new FileTooLarge(`it has ${entry.size} bytes, more than the ${maxBytes} that are read`);
  }
  return await readAtMost(file, maxBytes);
}

const CHUNK_BYTES = 64 * 1024;

/** Whatever its size was said to be: files of /proc, where a link may lead, say 0 and can have no end. */
async function readAtMost(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let size = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
    if (bytesRead === 0) return Buffer.concat(chunks);
    size += bytesRead;
    if (size > maxBytes) throw new FileTooLarge(`it has more than the ${maxBytes} bytes that are read`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
