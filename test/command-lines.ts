import { homedir } from "node:os";
import type { ArgsDef } from "citty";
import { inspectCommand } from "../src/cli/commands/inspect.ts";
import { repairCommand } from "../src/cli/commands/repair.ts";
import { toolsCommand } from "../src/cli/commands/tools.ts";
import { verifyCommand } from "../src/cli/commands/verify.ts";
import { wireServices } from "../src/wire-services.ts";

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>);

/** The arguments of `repair` (under the empty name) and of each of its sub commands. */
export async function commandsOf(): Promise<ReadonlyMap<string, ArgsDef>> {
  const services = wireServices({
    env: {},
    platform: process.platform,
    pid: process.pid,
    cwd: process.cwd(),
    homeDirectory: homedir(),
    userName: "nobody",
    nodeVersion: process.versions.node,
    version: "0.0.0",
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  });
  const definitions: Readonly<Record<string, { readonly args?: Resolvable<ArgsDef> }>> = {
    "": repairCommand(services),
    inspect: inspectCommand(services),
    tools: toolsCommand(services),
    verify: verifyCommand(services),
  };
  const resolved = Object.entries(definitions).map(async ([name, { args }]): Promise<[string, ArgsDef]> => [
    name,
    (typeof args === "function" ? await args() : await args) ?? {},
  ]);
  return new Map(await Promise.all(resolved));
}

/** The words of a command line in a document, up to a comment. */
export function words(line: string): readonly string[] {
  const [command = ""] = line.split("#");
  return command.split(/\s+/).filter((word) => word !== "");
}
