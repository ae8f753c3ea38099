import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** Not in dist/, which each build empties. */
export const folder = ".scenarios";
const name = "progress.json";

const FileRun = z.object({
  passed: z.number().int(),
  failed: z.number().int(),
  seconds: z.number(),
});
const Progress = z.object({
  /** Names the sources: the commit, and what differs from it. */
  sources: z.string(),
  legs: z.record(z.string(), z.object({ versions: z.string(), files: z.record(z.string(), FileRun) })),
});
export type FileRun = z.infer<typeof FileRun>;
export type Progress = z.infer<typeof Progress>;

/** What earlier runs of the same sources came to; nothing when there are none, or they were of other sources. */
export function readProgress(root: string): Progress {
  const sources = namedSources(root);
  const none = { sources, legs: {} };
  let text: string;
  try {
    text = readFileSync(join(root, folder, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return none;
    throw error;
  }
  const read = Progress.safeParse(JSON.parse(text));
  return read.success && read.data.sources === sources ? read.data : none;
}

/** Whole or not at all: a run may be cut off at any moment. */
export function writeProgress(root: string, progress: Progress): void {
  const path = join(root, folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, `${JSON.stringify(progress, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

/** The files of a leg that already ran on these versions. What another version came to says nothing about this one. */
export function filesOn(
  progress: Progress,
  leg: string,
  versions: string,
): Readonly<Record<string, FileRun>> {
  const known = progress.legs[leg];
  return known?.versions === versions ? known.files : {};
}

export function withRun(
  progress: Progress,
  leg: string,
  versions: string,
  file: string,
  run: FileRun,
): Progress {
  const files = { ...filesOn(progress, leg, versions), [file]: run };
  return { ...progress, legs: { ...progress.legs, [leg]: { versions, files } } };
}

export function hasPassed(run: FileRun | undefined): boolean {
  return run !== undefined && run.failed === 0;
}

function namedSources(root: string): string {
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const untracked = git("ls-files", "--others", "--exclude-standard").split("\n").filter(Boolean);
  const texts = untracked.map((file) => `${file}\n${readFileSync(join(root, file), "utf8")}`);
  const changes = [git("diff", "HEAD"), ...texts].join("\0");
  return `${git("rev-parse", "HEAD").trim()}-${createHash("sha256").update(changes).digest("hex").slice(0, 12)}`;
}
