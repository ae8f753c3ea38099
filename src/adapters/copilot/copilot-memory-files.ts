import path from "node:path";
import type { SessionFsFileInfo, SessionFsProvider } from "@github/copilot-sdk";

/**
 * The files in which the runtime keeps a session (the whole conversation, in plain text), in memory: so
 * nothing of it is on the disk at any instant.
 */
export function createMemoryFiles(): SessionFsProvider {
  const files = new Map<string, string>();
  const directories = new Set<string>(["/"]);
  const read = (name: string): string => {
    const text = files.get(name);
    if (text === undefined) throw missing(name);
    return text;
  };
  const children = (directory: string): readonly { name: string; type: "file" | "directory" }[] => [
    ...namesIn(directory, files.keys()).map((name) => ({ name, type: "file" as const })),
    ...namesIn(directory, directories).map((name) => ({ name, type: "directory" as const })),
  ];
  return {
    readFile: async (name) => read(name),
    writeFile: async (name, text) => void files.set(name, text),
    appendFile: async (name, text) => void files.set(name, (files.get(name) ?? "") + text),
    exists: async (name) => files.has(name) || directories.has(name),
    stat: async (name) => {
      if (directories.has(name)) return info("directory", 0);
      return info("file", Buffer.byteLength(read(name)));
    },
    mkdir: async (name) => void directories.add(name),
    readdir: async (name) => children(name).map((child) => child.name),
    readdirWithTypes: async (name) => [...children(name)],
    rm: async (name) => {
      for (const file of files.keys()) if (file === name || isBelow(file, name)) files.delete(file);
      for (const directory of directories) {
        if (directory === name || isBelow(directory, name)) directories.delete(directory);
      }
    },
    rename: async (from, to) => {
      files.set(to, read(from));
      files.delete(from);
    },
  };
}

function isBelow(name: string, directory: string): boolean {
  return name.startsWith(`${directory}/`);
}

function namesIn(directory: string, names: Iterable<string>): readonly string[] {
  return [...names]
    .filter((name) => name !== directory && path.posix.dirname(name) === directory)
    .map((name) => path.posix.basename(name));
}

function info(kind: "file" | "directory", size: number): SessionFsFileInfo {
  const now = new Date().toISOString();
  return { isFile: kind === "file", isDirectory: kind === "directory", size, mtime: now, birthtime: now };
}

function missing(name: string): Error {
  return Object.assign(new Error(`no file ${name}`), { code: "ENOENT" });
}
