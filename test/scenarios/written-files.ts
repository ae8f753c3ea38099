import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** The deployment's own files: bytes and mode, by path. Ours (`plans/`) are left out. */
export async function ownFiles(dir: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(dir)).sort()) {
    if (name === "plans") continue;
    const path = join(dir, name);
    const entry = await stat(path);
    const mode = (entry.mode & 0o7777).toString(8);
    files[name] = entry.isFile() ? `${mode}\n${await readFile(path, "latin1")}` : `${mode} not a file`;
  }
  return files;
}

/** `-old` and `+new` of each line that differs; a change of the number of lines shows as such. */
export function changedLines(before: string, after: string): readonly string[] {
  const [was, is] = [before.split("\n"), after.split("\n")];
  if (was.length !== is.length) return [`${was.length} lines`, `${is.length} lines`];
  return was.flatMap((line, index) =>
    line === is[index] ? [] : [`-${line.trim()}`, `+${(is[index] ?? "").trim()}`],
  );
}

/** Removed and added lines of a unified diff, without its headers. */
export function diffLines(preview: string): readonly string[] {
  return preview
    .split("\n")
    .filter((line) => /^[-+](?![-+]{2} )/.test(line))
    .map((line) => `${line[0]}${line.slice(1).trim()}`);
}
