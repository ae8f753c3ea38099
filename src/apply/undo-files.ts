import { filesOfUndo, type UndoFile } from "../targets/file-change.ts";
import type { WritePorts } from "../targets/define-tool.ts";
import { digestBytes, type Digest } from "../core/text/digest.ts";
import type { Json } from "../core/text/json.ts";
import type { KeyDigest } from "../core/text/keyed-digest.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { TargetFamily } from "../targets/family.ts";
import type { UndoneFile } from "../core/records/undo-account.ts";
import { unifiedDiff } from "../core/text/unified-diff.ts";

/** One file that a step wrote: before the step, as the run left it, and now. Texts are undefined where no file is. */
export interface WrittenFile {
  readonly path: string;
  readonly original: string | undefined;
  /** Digests that it may have: after its last attempt, or, where that did not come so far, before it. */
  readonly left: readonly (Digest | null)[];
  readonly found: string | undefined;
}

interface Reading {
  readonly files: WritePorts["files"];
  readonly readBackUp: (name: string) => Promise<string>;
}

/**
 * The files that the attempts of a step wrote, by what their undo records say, the first attempt first.
 * Throws RepairError `file_unreadable` when a file or a backup cannot be read.
 */
export async function writtenFiles(
  records: readonly Json[],
  reading: Reading,
): Promise<readonly WrittenFile[]> {
  const first = new Map<string, UndoFile>();
  const last = new Map<string, UndoFile>();
  for (const file of records.flatMap((record) => filesOfUndo(record) ?? [])) {
    if (!first.has(file.path)) first.set(file.path, file);
    last.set(file.path, file);
  }
  const written: WrittenFile[] = [];
  for (const [path, { backup }] of first) {
    const latest = last.get(path);
    const before = await textOf(latest?.backup ?? null, reading);
    written.push({
      path,
      original: await textOf(backup, reading),
      left: [latest?.after ?? null, digestOrNull(before)],
      found: await currentText(path, reading.files),
    });
  }
  return written;
}

async function textOf(backup: string | null, { readBackUp }: Reading): Promise<string | undefined> {
  return backup === null ? undefined : await readBackUp(backup);
}

async function currentText(path: string, files: WritePorts["files"]): Promise<string | undefined> {
  return (await files.kindOf(path)) === "absent" ? undefined : await files.readText(path);
}

/** Digest of a file's text as it is, for the account; null when there is none. */
export async function digestNow(
  path: string,
  files: WritePorts["files"],
  keyed: KeyDigest,
): Promise<string | null> {
  return keyedOrNull(digestOrNull(await currentText(path, files)), keyed);
}

function keyedOrNull(digest: Digest | null | undefined, keyed: KeyDigest): string | null {
  return digest === null || digest === undefined ? null : keyed(digest);
}

function digestOrNull(text: string | undefined): Digest | null {
  return text === undefined ? null : digestBytes(text);
}

/** Nothing is left to do for it. */
export function isBack({ original, found }: WrittenFile): boolean {
  return found === original;
}

/** What somebody has done to a file since the run, in words; undefined when it is as the run left it. */
export function movedSince(file: WrittenFile): string | undefined {
  const found = digestOrNull(file.found);
  if (isBack(file) || file.left.includes(found)) return undefined;
  return `${file.path} ${found === null ? "is gone" : "has been changed"} since the run`;
}

/** What taking them back will change, secrets masked. */
export function undoDiff({ footprint }: TargetFamily, files: readonly WrittenFile[], redact: Redact): string {
  const shown = (path: string, text: string | undefined): string =>
    text === undefined ? "" : footprint.maskFile(path, text, redact);
  return files
    .map(({ path, found, original }) => unifiedDiff(path, shown(path, found), shown(path, original)))
    .join("");
}

/** The files for the account; `now` is what was read back. */
export async function accountOfFiles(
  files: readonly WrittenFile[],
  reader: WritePorts["files"],
  keyed: KeyDigest,
): Promise<readonly UndoneFile[]> {
  const account: UndoneFile[] = [];
  for (const { path, original, left, found } of files) {
    account.push({
      path,
      original: keyedOrNull(digestOrNull(original), keyed),
      left: keyedOrNull(left[0], keyed),
      found: keyedOrNull(digestOrNull(found), keyed),
      now: await digestNow(path, reader, keyed),
    });
  }
  return account;
}
