import { homedir } from "node:os";
import type { ArgsDef } from "citty";
import { repairCommand } from "../src/cli/commands/repair.ts";
import { wireServices } from "../src/wire-services.ts";

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>);

interface HasArgs {
  readonly args?: Resolvable<ArgsDef>;
}

async function resolved<T extends object>(value: Resolvable<T>): Promise<T> {
  return isFunction(value) ? await value() : await value;
}

function isFunction<T>(value: Resolvable<T>): value is (() => T) | (() => Promise<T>) {
  return typeof value === "function";
}

async function argsOf({ args = {} }: HasArgs): Promise<ArgsDef> {
  return await resolved(args);
}

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
  const repair = repairCommand(services);
  const commands = new Map([["", await argsOf(repair)]]);
  const subCommands: Readonly<Record<string, Resolvable<HasArgs>>> =
    (await resolved(repair.subCommands)) ?? {};
  for (const [name, command] of Object.entries(subCommands)) {
    commands.set(name, await argsOf(await resolved(command)));
  }
  return commands;
}

/** The words of a command line in a document, up to a comment. */
export function words(line: string): readonly string[] {
  const [command = ""] = line.split("#");
  return command.split(/\s+/).filter((word) => word !== "");
}
