import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { platform } from "node:os";

/** One open file; what was written is safe only after `fsync`. */
export interface JournalFile {
  /** The whole file. */
  readonly read: () => Promise<Uint8Array>;
  /** Appends; returns the bytes written, which can be fewer than given. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  readonly truncate: (length: number) => Promise<void>;
  readonly fsync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The few file operations that a journal's safety rests on, so that power cuts can be simulated. */
export interface JournalFs {
  /** `create` fails with EEXIST when there is anything of that name; the others follow no symlink. */
  readonly open: (path: string, how: "create" | "append" | "read") => Promise<JournalFile>;
  /** Makes names in a directory durable. */
  readonly fsyncDir: (path: string) => Promise<void>;
}

// Windows has neither: its directories cannot be flushed, and making symlinks is for administrators there.
const isWindows = platform() === "win32";
const NOFOLLOW = isWindows ? 0 : constants.O_NOFOLLOW;
const APPEND = constants.O_RDWR | constants.O_APPEND;

const flagsOf = {
  create: APPEND | constants.O_CREAT | constants.O_EXCL,
  append: APPEND | NOFOLLOW,
  read: constants.O_RDONLY | NOFOLLOW,
} as const;

export const nodeJournalFs: JournalFs = {
  open: async (path, how) => {
    const handle = await open(path, flagsOf[how], 0o600);
    return {
      read: () => readAll(handle),
      write: async (bytes) => (await handle.write(bytes)).bytesWritten,
      truncate: (length) => handle.truncate(length),
      // F_FULLFSYNC on macOS: libuv sees to it.
      fsync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  fsyncDir: async (path) => {
    if (isWindows) return;
    await using handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  },
};

async function readAll(handle: FileHandle): Promise<Uint8Array> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error("it is not a regular file");
  const bytes = new Uint8Array(stat.size);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
