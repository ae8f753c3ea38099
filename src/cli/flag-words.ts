import type { ArgDef, ArgsDef } from "citty";
import { RepairError } from "../core/errors.ts";
import { didYouMean } from "./did-you-mean.ts";

/** A flag as the user may type it. `key` is its name in the args definition. */
export interface Flag {
  readonly key: string;
  readonly spelling: string;
  readonly def: ArgDef;
}

/** One flag as it was typed; `value` is undefined for a boolean without one. */
export interface FlagUse {
  readonly flag: Flag;
  readonly typed: string;
  readonly negated: boolean;
  readonly value: string | undefined;
}

export interface SplitArgs {
  readonly uses: readonly FlagUse[];
  readonly words: readonly string[];
  /** Index of the first word in the raw arguments, -1 when there is none before `--`. */
  readonly firstWordAt: number;
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

export function isBoolean(flag: Flag): boolean {
  return flag.def.type === "boolean";
}

/**
 * Splits raw arguments into flags and words without guessing: what the definition does not know, and a
 * flag without its value, is a `usage` error. `-` is a word, `-5` is a value or a word, never a flag.
 */
export function splitArgs(argsDef: ArgsDef, rawArgs: readonly string[]): SplitArgs {
  const flags = flagsByName(argsDef);
  const uses: FlagUse[] = [];
  const words: string[] = [];
  let firstWordAt = -1;
  for (let index = 0; index < rawArgs.length; index += 1) {
    const arg = rawArgs[index] ?? "";
    if (arg === "--") {
      words.push(...rawArgs.slice(index + 1));
      break;
    }
    if (!looksLikeFlag(arg)) {
      if (firstWordAt === -1) firstWordAt = index;
      words.push(arg);
      continue;
    }
    for (const use of arg.startsWith("--") ? [readLong(flags, arg)] : readShort(flags, arg)) {
      const complete = isBoolean(use.flag) || use.value !== undefined;
      uses.push(complete ? use : { ...use, value: valueAfter(use, rawArgs[(index += 1)]) });
    }
  }
  return { uses, words, firstWordAt };
}

function looksLikeFlag(arg: string): boolean {
  return /^-[^\d.]/.test(arg);
}

export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `--dry-run`, `--dryRun` and `-d` all lead to the same flag. */
function flagsByName(argsDef: ArgsDef): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [key, def] of Object.entries(argsDef)) {
    if (def.type === "positional") continue;
    const flag = { key, def, spelling: `--${kebabCase(key)}` };
    const aliases = "alias" in def ? [def.alias ?? []].flat() : [];
    for (const name of [kebabCase(key), camelCase(key), ...aliases]) {
      flags.set(name.length === 1 ? `-${name}` : `--${name}`, flag);
    }
  }
  return flags;
}

function readLong(flags: ReadonlyMap<string, Flag>, arg: string): FlagUse {
  const equals = arg.indexOf("=");
  const typed = equals === -1 ? arg : arg.slice(0, equals);
  const value = equals === -1 ? undefined : arg.slice(equals + 1);
  const flag = flags.get(typed);
  if (flag !== undefined) return { flag, typed, negated: false, value };

  const positive = typed.startsWith("--no-") ? flags.get(`--${typed.slice("--no-".length)}`) : undefined;
  if (positive === undefined) throw unknownFlag(flags, typed);
  if (!isBoolean(positive)) {
    throw new RepairError("usage", `unknown flag ${quote(typed)}`, {
      hint: `${positive.spelling} takes a value and has no negative: leave it out instead`,
    });
  }
  if (value !== undefined) {
    throw new RepairError("usage", `${typed} takes no value, not ${quote(value)}`, {
      hint: `write ${typed} or ${positive.spelling}`,
    });
  }
  return { flag: positive, typed, negated: true, value };
}

/** `-o FILE`, `-oFILE`, `-o=FILE`, and booleans in a row such as `-vjo FILE`. */
function* readShort(flags: ReadonlyMap<string, Flag>, arg: string): Generator<FlagUse> {
  for (let index = 1; index < arg.length; index += 1) {
    const typed = `-${arg[index] ?? ""}`;
    const flag = flags.get(typed);
    if (flag === undefined) throw unknownFlag(flags, index === 1 ? arg : typed);
    const rest = arg.slice(index + 1);
    if (rest.startsWith("=") || (rest !== "" && !isBoolean(flag))) {
      yield { flag, typed, negated: false, value: rest.replace(/^=/, "") };
      return;
    }
    yield { flag, typed, negated: false, value: undefined };
  }
}

function valueAfter(use: FlagUse, next: string | undefined): string {
  if (next === undefined || next === "--") throw needsValue(use, "");
  if (looksLikeFlag(next)) throw needsValue(use, `, but ${quote(next)} follows`);
  return next;
}

function needsValue({ typed, flag }: FlagUse, but: string): RepairError {
  const example = flag.def.valueHint ?? flag.key.toUpperCase();
  return new RepairError("usage", `${typed} needs a value${but}`, {
    hint: `write ${flag.spelling}=${example}`,
  });
}

/** Names the flag alone: what follows `=` may be a secret. */
function unknownFlag(flags: ReadonlyMap<string, Flag>, typed: string): RepairError {
  const name = typed.split("=", 1)[0] ?? typed;
  const negatives = [...flags].filter(([, flag]) => isBoolean(flag)).map(([long]) => `--no-${long.slice(2)}`);
  const longNames = [...flags.keys(), ...negatives].filter((known) => known.startsWith("--"));
  const near = didYouMean(name.replace(/^-*/, "--"), longNames);
  return new RepairError("usage", `unknown flag ${quote(name)}`, {
    hint: near === undefined ? "--help lists the flags" : `did you mean ${kebabCase(near)}?`,
  });
}

/** Of `--policy`. */
export const POLICY_FLAG =
  "a policy file that beats your own; the directory's .devlake-repair.yaml only tightens it";
