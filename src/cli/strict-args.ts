import { stripVTControlCharacters } from "node:util";
import { parseArgs, renderUsage } from "citty";
import type { ArgDef, ArgsDef, CommandDef, CommandMeta, ParsedArgs, Resolvable } from "citty";
import { RepairError } from "../core/errors.ts";
import { hang } from "../ui/text/wrap-text.ts";
import { didYouMean } from "./did-you-mean.ts";
import { camelCase, isBoolean, kebabCase, quote, splitArgs } from "./flag-words.ts";
import type { FlagUse } from "./flag-words.ts";

/**
 * citty's `parseArgs`, but what citty 0.2 lets pass in silence is a `usage` error: unknown flags, extra
 * words, missing, empty and wrong values, a flag given twice.
 */
export function parseStrict<const T extends ArgsDef>(
  argsDef: ArgsDef,
  rawArgs: readonly string[],
): ParsedArgs<T> {
  const { uses, words } = splitArgs(argsDef, rawArgs);
  const seen = new Set<string>();
  for (const use of uses) {
    if (seen.has(use.flag.key)) {
      throw new RepairError("usage", `${use.flag.spelling} is given twice`, { hint: "give it once" });
    }
    seen.add(use.flag.key);
    checkValue(use);
  }
  checkWords(argsDef, words);
  checkRequired(argsDef, seen);
  // Written so that citty has nothing left to guess. A copy, as its proxy fails on symbols.
  return { ...parseArgs<T>([...uses.map(canonical), "--", ...words], argsDef) };
}

function checkValue({ flag, typed, value }: FlagUse): void {
  if (value === "") {
    throw new RepairError("usage", `${typed} has an empty value`, {
      hint: `give ${flag.spelling} a value or leave it out`,
    });
  }
  if (value === undefined) return;
  if (isBoolean(flag) && value !== "true" && value !== "false") {
    throw new RepairError("usage", `${typed} is true or false, not ${quote(value)}`, {
      hint: `write ${flag.spelling} or ${flag.spelling}=false`,
    });
  }
  const { def } = flag;
  if (def.type === "enum" && "options" in def && !(def.options ?? []).includes(value)) {
    const options = def.options ?? [];
    const near = didYouMean(value, options);
    throw new RepairError("usage", `${typed} cannot be ${quote(value)}`, {
      hint: `${near === undefined ? "" : `did you mean ${near}? `}allowed: ${options.join(", ")}`,
    });
  }
}

function checkWords(argsDef: ArgsDef, words: readonly string[]): void {
  const positionals = Object.entries(argsDef).filter(([, def]) => def.type === "positional");
  const extra = words[positionals.length];
  if (extra !== undefined && !takesMore(positionals.at(-1)?.[1])) {
    throw new RepairError("usage", `unexpected word ${quote(extra)}`, {
      hint: "--help shows what may stand here; quote a value that contains blanks",
    });
  }
  for (const [index, [name, def]] of positionals.entries()) {
    const word = words[index];
    if (word === "") throw new RepairError("usage", `${name.toUpperCase()} is empty`, { hint: "name it" });
    if (word === undefined && def.required !== false && def.default === undefined) {
      throw new RepairError("usage", `${name.toUpperCase()} is missing`, {
        hint: "--help shows what is needed",
      });
    }
  }
}

/**
 * Whether a positional takes all words that are left: one with `valueHint: "..."`. The words are in `_`,
 * because citty knows single words only.
 */
function takesMore(def: ArgDef | undefined): boolean {
  return def?.type === "positional" && def.valueHint === "...";
}

function checkRequired(argsDef: ArgsDef, seen: ReadonlySet<string>): void {
  for (const [key, def] of Object.entries(argsDef)) {
    if (def.type !== "positional" && def.required === true && def.default === undefined && !seen.has(key)) {
      throw new RepairError("usage", `--${kebabCase(key)} is missing`, {
        hint: "--help shows what is needed",
      });
    }
  }
}

/** In camel case, because citty reads `--no-input` as "not input" even when a flag has that name. */
function canonical({ flag, negated, value }: FlagUse): string {
  const name = camelCase(flag.key);
  return `--${name}=${negated ? "false" : (value ?? "true")}`;
}

export interface RunStrictOptions {
  /** Writes help and version to stdout. */
  readonly print: (text: string) => void;
  /** citty colours its help even in a pipe; without `colour` that is taken out. */
  readonly colour?: boolean;
  /** Columns of the terminal; 80 when left out. */
  readonly width?: number;
}

/** Where in the tree of commands a command stands: what its help and `--version` say. */
interface Place {
  readonly path: string;
  readonly version: string | undefined;
}

/**
 * Runs the command that `rawArgs` name and gives what its `run` returned, or 0 for help and version.
 * Of citty's commands it knows `meta`, `args`, `subCommands` and `run`; unlike citty it does not run a
 * parent after its sub command. Flags of the parent may stand before the sub command.
 */
export async function runStrict<T extends ArgsDef>(
  root: CommandDef<T>,
  rawArgs: readonly string[],
  options: RunStrictOptions,
): Promise<unknown> {
  const asked = rawArgs[0] === "help" ? [...rawArgs.slice(1), "--help"] : rawArgs;
  return descend(root, asked, options, { path: "", version: undefined });
}

async function descend<T extends ArgsDef>(
  command: CommandDef<T>,
  rawArgs: readonly string[],
  options: RunStrictOptions,
  parent: Place,
): Promise<unknown> {
  const meta = (await resolve(command.meta)) ?? {};
  const argsDef: ArgsDef = (await resolve(command.args)) ?? {};
  const subCommands = (await resolve(command.subCommands)) ?? {};
  const place = { path: `${parent.path} ${meta.name ?? ""}`.trim(), version: meta.version ?? parent.version };

  const wantsHelp = asksFor(rawArgs, ["--help", "-h"]);
  const isSubCommand = (arg: string): boolean => Object.hasOwn(subCommands, arg);
  if (!wantsHelp && place.version !== undefined && asksFor(rawArgs, ["--version"])) {
    options.print(`${place.version}\n`);
    return 0;
  }
  // Help is for those who have the flags wrong, so there the flags are not read.
  const at = wantsHelp ? rawArgs.findIndex(isSubCommand) : firstWordAt(argsDef, rawArgs);
  const word = rawArgs[at];
  if (word !== undefined && isSubCommand(word)) {
    const subCommand = await resolve(subCommands[word]);
    if (subCommand !== undefined) return descend(subCommand, rawArgs.toSpliced(at, 1), options, place);
  }
  if (wantsHelp) return printHelp(command, parent, options);

  const takesWords = Object.values(argsDef).some((def) => def.type === "positional");
  if (command.run === undefined || (word !== undefined && !takesWords)) {
    requireKnownCommand(word, Object.keys(subCommands), place);
  }
  const args = parseStrict<T>(argsDef, rawArgs);
  return command.run?.({ rawArgs: [...rawArgs], args, cmd: command });
}

async function resolve<V>(value: Resolvable<V> | undefined): Promise<V | undefined> {
  return isLoader(value) ? value() : value;
}

function isLoader<V>(value: Resolvable<V> | undefined): value is (() => V) | (() => Promise<V>) {
  return typeof value === "function";
}

function asksFor(rawArgs: readonly string[], flags: readonly string[]): boolean {
  const end = rawArgs.indexOf("--");
  return rawArgs.slice(0, end === -1 ? rawArgs.length : end).some((arg) => flags.includes(arg));
}

function firstWordAt(argsDef: ArgsDef, rawArgs: readonly string[]): number {
  // The usual case needs no look at the flags, which may be the sub command's.
  if (rawArgs[0]?.startsWith("-") === false) return 0;
  return splitArgs(argsDef, rawArgs).firstWordAt;
}

/** Nothing to complain of when the command has no sub commands: then its own arguments are checked. */
function requireKnownCommand(word: string | undefined, known: readonly string[], place: Place): void {
  if (known.length === 0) return;
  const hint = `${place.path} has: ${known.join(", ")}`;
  if (word === undefined) throw new RepairError("usage", `${place.path} needs a command`, { hint });
  const near = didYouMean(word, known);
  throw new RepairError("usage", `unknown command ${quote(word)}`, {
    hint: near === undefined ? hint : `did you mean ${near}?`,
  });
}

async function printHelp<T extends ArgsDef>(
  command: CommandDef<T>,
  parent: Place,
  { print, colour = false, width = 80 }: RunStrictOptions,
): Promise<number> {
  const parentMeta: CommandMeta = { name: parent.path };
  if (parent.version !== undefined) parentMeta.version = parent.version;
  const argsDef: ArgsDef = (await resolve(command.args)) ?? {};
  const shown: CommandDef = {
    // citty shows the keys as the source has them; users type kebab case.
    args: Object.fromEntries(Object.entries(argsDef).map(shownArg)),
  };
  if (command.meta !== undefined) shown.meta = command.meta;
  if (command.subCommands !== undefined) shown.subCommands = command.subCommands;
  const usage = await renderUsage(shown, parent.path === "" ? undefined : { meta: parentMeta });
  const text = colour ? usage : stripVTControlCharacters(usage);
  print(`${wrapUsage(text, width).trimEnd()}\n`);
  return 0;
}

/** Descriptions stay in their column; a terminal would break them anywhere, and begin at the margin. */
function wrapUsage(usage: string, width: number): string {
  return usage
    .split("\n")
    .map((line) => {
      const [, lead = "", description = ""] = /^( +\S.*? {4})(\S.*)$/.exec(line) ?? [];
      const leadWidth = stripVTControlCharacters(lead).length;
      return lead === "" || leadWidth > width / 2
        ? line.trimEnd()
        : hang(lead, description.trimEnd(), width, { leadWidth });
    })
    .join("\n");
}

function shownArg([key, def]: readonly [string, ArgDef]): readonly [string, ArgDef] {
  if (!takesMore(def)) return [kebabCase(key), def];
  const { valueHint: dots = "", ...rest } = def;
  return [kebabCase(key) + dots, rest];
}
