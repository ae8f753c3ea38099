import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import {
  decodeJournal,
  encodeRecord,
  type ChainedRecord,
  type DecodedJournal,
  type JournalEntry,
} from "../../core/records/journal-record.ts";
import type { Seal } from "../../core/records/journal-seal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import { nodeJournalFs, type JournalFile, type JournalFs } from "./journal-fs.ts";

export interface OpenedJournal {
  readonly journal: Journal;
  /** What earlier runs of the plan left. */
  readonly records: readonly ChainedRecord[];
  /** Set when the last write of an earlier run was cut off: the rest was moved to the file `copy`. */
  readonly torn: { readonly line: number; readonly bytes: number; readonly copy: string } | undefined;
}

/**
 * Opens the journal at `file`, or makes it. A torn last record is copied aside and cut off.
 * Throws RepairError `file_unreadable` when the journal is damaged or does not bear the seal, and leaves it as it is then;
 * `file_unwritable` when it cannot be opened for writing.
 */
export async function openFileJournal(
  file: string,
  clock: Clock,
  seal: Seal,
  fs: JournalFs = nodeJournalFs,
): Promise<OpenedJournal> {
  let opened: JournalFile | undefined;
  try {
    opened = await openOrCreate(file, fs);
    const bytes = await opened.read();
    const decoded = decodeJournal(bytes, seal);
    if (decoded.kind === "corrupt") throw corruptError(file, decoded);
    const torn = decoded.kind === "torn" ? await cutTornTail(file, opened, bytes, decoded, fs) : undefined;
    // Always: a run that was killed may have left bytes, or the name itself, in memory only.
    await opened.fsync();
    await fs.fsyncDir(path.dirname(file));
    return { journal: createJournal(file, opened, clock, seal, decoded), records: decoded.records, torn };
  } catch (thrown) {
    await opened?.close();
    throw thrown instanceof RepairError ? thrown : openError(file, thrown);
  }
}

/**
 * Reads a journal without changing anything, damaged or not; undefined when there is none. Throws RepairError
 * `file_unreadable`.
 */
export async function readFileJournal(
  file: string,
  seal: Seal,
  fs: JournalFs = nodeJournalFs,
): Promise<DecodedJournal | undefined> {
  try {
    const opened = await fs.open(file, "read");
    try {
      return decodeJournal(await opened.read(), seal);
    } finally {
      await opened.close();
    }
  } catch (cause) {
    if (errnoCode(cause) === "ENOENT") return undefined;
    throw new RepairError("file_unreadable", `the journal "${file}" cannot be read: ${errorText(cause)}`, {
      cause,
    });
  }
}

async function openOrCreate(file: string, fs: JournalFs): Promise<JournalFile> {
  try {
    return await fs.open(file, "create");
  } catch (thrown) {
    if (errnoCode(thrown) !== "EEXIST") throw thrown;
    return await fs.open(file, "append");
  }
}

async function cutTornTail(
  file: string,
  opened: JournalFile,
  bytes: Uint8Array,
  { soundBytes, line }: { readonly soundBytes: number; readonly line: number },
  fs: JournalFs,
): Promise<OpenedJournal["torn"]> {
  const tail = bytes.subarray(soundBytes);
  const copy = await copyAside(`${file}.torn`, tail, fs);
  await opened.truncate(soundBytes);
  return { line, bytes: tail.length, copy };
}

async function copyAside(stem: string, bytes: Uint8Array, fs: JournalFs): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = `${stem}-${number}`;
    try {
      const copy = await fs.open(name, "create");
      try {
        await writeAll(copy, bytes);
        await copy.fsync();
      } finally {
        await copy.close();
      }
      await fs.fsyncDir(path.dirname(name));
      return name;
    } catch (thrown) {
      if (errnoCode(thrown) !== "EEXIST") throw thrown;
    }
  }
}

async function writeAll(file: JournalFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes.subarray(written));
    if (count === 0) throw new Error("the disk takes no more bytes");
    written += count;
  }
}

function createJournal(
  file: string,
  opened: JournalFile,
  clock: Clock,
  seal: Seal,
  decoded: { readonly records: readonly ChainedRecord[]; readonly head: string },
): Journal {
  let length = decoded.records.length;
  let head = decoded.head;
  /** Fulfilled when every append so far has ended, well or badly. */
  let settled: Promise<unknown> = Promise.resolve();
  let unusable: RepairError | undefined;

  async function appendNow(entry: JournalEntry): Promise<{ seq: number; hash: string }> {
    if (unusable !== undefined) throw unusable;
    const seq = length + 1;
    let hash: string;
    try {
      const encoded = encodeRecord({ seq, at: clock.now().toISOString(), entry }, head, seal);
      await writeAll(opened, Buffer.from(encoded.line));
      await opened.fsync();
      hash = encoded.hash;
    } catch (cause) {
      // Never tried again: after a failed fsync the system may drop the bytes and still report success
      // for the next one (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020). And
      // a journal without one of its records tells of something that did not happen so.
      unusable = cause instanceof RepairError ? cause : writeError(file, seq, cause);
      throw unusable;
    }
    length = seq;
    head = hash;
    return { seq, hash };
  }

  return {
    append: (entry) => {
      const appended = settled.then(() => appendNow(entry));
      settled = Promise.allSettled([appended]);
      return appended;
    },
    get length() {
      return length;
    },
    get head() {
      return head;
    },
    close: async () => {
      await settled;
      unusable = new RepairError("internal", `the journal "${file}" is closed`);
      await opened.close();
    },
  };
}

function corruptError(file: string, { line, reason }: { line: number; reason: string }): RepairError {
  return new RepairError("file_unreadable", `the journal "${file}" is damaged at line ${line}: ${reason}`, {
    hint: "nothing in it is believed, so this plan cannot go on: move its directory away and make a new plan: gh devlake repair --plan-only",
  });
}

function writeError(file: string, seq: number, cause: unknown): RepairError {
  return new RepairError(
    "file_unwritable",
    `record ${seq} of the journal "${file}" did not reach the disk: ${errorText(cause)}`,
    { hint: "nothing more is written in this run; make room or repair the disk, then use --resume", cause },
  );
}

function openError(file: string, cause: unknown): RepairError {
  const what = errnoCode(cause) === "ELOOP" ? "it is a symlink, which is never followed" : errorText(cause);
  return new RepairError("file_unwritable", `the journal "${file}" cannot be opened: ${what}`, {
    hint: "it has to be a file of your own on a disk with room; no step was begun",
    cause,
  });
}
