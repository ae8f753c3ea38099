import { homedir } from "node:os";
import type { ArgsDef, Resolvable, SubCommandsDef } from "citty";
import { repairCommand } from "../src/cli/commands/repair.ts";
import { wireServices } from "../src/wire-services.ts";

async function resolved<V>(value: Resolvable<V> | undefined): Promise<V | undefined> {
  return isLoader(value) ? value() : value;
}

function isLoader<V>(value: Resolvable<V> | undefined): value is (() => V) | (() => Promise<V>) {
  return typeof value === "function";
}

/** The arguments of `repair` (under the empty name) and of each of its sub commands. */
export async function commandsOf(): Promise<ReadonlyMap<string, ArgsDef>> {
  const services = wireServices({
    env: {},
    platform: process.platform,
    pid: process.pid,
    uid: undefined,
    cwd: process.cwd(),
    homeDirectory: homedir(),
    userName: "nobody",
    nodeVersion: process.versions.node,
    version: "0.0.0",
    packageRoot: new URL("../", import.meta.url),
    begunAhead: undefined,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  });
  const repair = repairCommand(services);
  const commands = new Map([["", (await resolved<ArgsDef>(repair.args)) ?? {}]]);
  for (const [name, sub] of Object.entries((await resolved<SubCommandsDef>(repair.subCommands)) ?? {})) {
    const command = await resolved(sub);
    commands.set(name, (await resolved<ArgsDef>(command?.args)) ?? {});
  }
  return commands;
}

/** The words of a command line in a document, up to a comment. */
export function words(line: string): readonly string[] {
  const [command = ""] = line.split("#");
  return command.split(/\s+/).filter((word) => word !== "");
}
