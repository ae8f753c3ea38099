import { composeKeys } from "./setting-keys.ts";
import { embeddedSecrets } from "./embedded-secrets.ts";
import { isPlainText, isPlainWord } from "./plain-words.ts";
import { isSecretName } from "./secret-names.ts";
import { maskSetting } from "./setting-value.ts";

/** Name and value of a variable, a build argument and the like. */
export type Setting = readonly [name: string, value: string];

export interface KnownSecrets {
  /** Masked wherever they stand, in whatever encoding. */
  readonly anywhere: ReadonlySet<string>;
  /** Too short, or a word or name that stands for other things too: masked behind their own names only. */
  readonly behindNames: readonly Setting[];
}

/** Shorter ones are a part of any text. */
export const SHORTEST_ANYWHERE = 8;

/** What DevLake's public files ship with; in every log, and in names of images and databases. */
const publicDefaults = new Set("merico admin lake root devlake mysql grafana apache changeme".split(" "));

/**
 * What of these settings is secret; every value is, unless its name and shape say otherwise. `names` are those of
 * the deployment: services, volumes, databases, users, parts of images. `secretNames` makes secrets of values that
 * look harmless.
 */
export function knownSecretsOf(
  settings: Iterable<Setting>,
  names: ReadonlySet<string> = new Set(),
  secretNames: ReadonlySet<string> = new Set(),
): KnownSecrets {
  const anywhere = new Set<string>();
  const behindNames = new Map<string, Setting>();
  const parts = partsOfNames(names);
  for (const [name, value] of settings) {
    if (value === "") continue;
    for (const secret of secretsOf(name, value, secretNames).flatMap(withLines)) {
      if (isForAnywhere(secret, parts)) anywhere.add(secret);
      else behindNames.set(`${name}=${secret}`, [name, secret]);
    }
  }
  return { anywhere, behindNames: [...behindNames.values()] };
}

function secretsOf(name: string, value: string, secretNames: ReadonlySet<string>): readonly string[] {
  if (secretNames.has(name)) return [value];
  const { secrets } = maskSetting(name, value);
  if (secrets.length === 0) return [];
  // A part of it may be said alone: of `user:password`, of `{"pin":"..."}`, of a file's lines.
  const parts = isSecretName(name)
    ? value.split(/[\s:;,"'{}]+/).filter((part) => part.length >= SHORTEST_ANYWHERE)
    : [];
  const lines = value.includes("\n") ? [...value.matchAll(lineWithValue)] : [];
  return [
    ...secrets,
    ...embeddedSecrets(value),
    ...parts.filter((part) => !part.includes("://")),
    ...lines.flatMap(([, key = "", member = ""]) => maskSetting(key, member).secrets),
  ];
}

const lineWithValue = /^\s*["']?([A-Za-z][\w.-]{0,60})["']?\s*[:=]\s*["']?(\S[^\n"']*?)["',]*\s*$/gm;

/** Each line of a value with several is a secret too. */
function withLines(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([secret, ...lines])].filter((part) => part !== "");
}

function isForAnywhere(secret: string, parts: ReadonlySet<string>): boolean {
  if (secret.length < SHORTEST_ANYWHERE) return false;
  const lower = secret.toLowerCase();
  if (parts.has(lower) || publicDefaults.has(lower) || composeKeys.has(lower)) return false;
  return !isPlainWord(lower) && !isPlainText(secret);
}

/** Names as a whole, and what stands between their dots, dashes and the like: `acme` of `acme-devlake_mysql-storage`. */
function partsOfNames(names: ReadonlySet<string>): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const name of names) {
    const words = name.toLowerCase().split(/([^a-z0-9]+)/);
    for (let from = 0; from < words.length; from += 2) {
      for (let to = from; to < Math.min(words.length, from + 12); to += 2)
        parts.add(words.slice(from, to + 1).join(""));
    }
  }
  return parts;
}
