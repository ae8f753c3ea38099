import { SHORTEST_ANYWHERE, type KnownSecrets, type Setting } from "./known-secrets.ts";
import { isOpaque } from "./mask-comment.ts";
import { maskOptions } from "./option-secrets.ts";
import { isPlainWord } from "./plain-words.ts";
import { isSecretName } from "./secret-names.ts";
import { assignmentPattern, MASK, maskUserInfo, secretPatterns } from "./secret-patterns.ts";

export { isSecretName } from "./secret-names.ts";
export { MASK } from "./secret-patterns.ts";

const SHORTEST_ALONE = 6;

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/**
 * A redactor that masks the given values in plain, base64, URI-encoded, escaped and quoted form, and whatever
 * looks like a credential; values that stand for other things too behind their names only.
 */
export function createRedactor(known: Iterable<string> | (KnownSecrets & Partial<UnnamedSecrets>)): Redact {
  const { anywhere, behindNames, alone = [] } = Symbol.iterator in known ? unnamedSecrets(known) : known;
  const forms = new Set<string>();
  for (const secret of anywhere) for (const form of encodings(secret)) forms.add(form);
  const longestFirst = [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const maskBehindNames = behindNamesMasker(behindNames);
  return (text) => {
    const masked = longestFirst.reduce(
      (current, form) => (current.includes(form) ? current.replaceAll(form, MASK) : current),
      text,
    );
    return maskPatterns(maskBehindNames(alone.reduce(maskAlone, masked)));
  };
}

interface UnnamedSecrets extends KnownSecrets {
  /** May be a part of any word. */
  readonly alone: readonly string[];
}

/** Of whose names nothing is known, such as our own keys; plain words and shorter ones are left to the patterns. */
function unnamedSecrets(values: Iterable<string>): UnnamedSecrets {
  const parts = [...values].flatMap((value) => [value, ...value.split(/\r?\n/).map((line) => line.trim())]);
  const long = parts.filter((part) => part.length >= SHORTEST_ALONE && !isPlainWord(part));
  return {
    anywhere: new Set(long.filter(({ length }) => length >= SHORTEST_ANYWHERE)),
    behindNames: [],
    alone: long.filter(({ length }) => length < SHORTEST_ANYWHERE),
  };
}

function maskAlone(text: string, secret: string): string {
  if (!text.includes(secret)) return text;
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(secret)}(?![A-Za-z0-9])`, "g"), MASK);
}

/** The forms in which programs pass a value on. */
function encodings(secret: string): readonly string[] {
  const uri = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
    // Hosts and headers lose their case.
    secret.toLowerCase(),
    secret.toUpperCase(),
    uri,
    uri.replaceAll("%20", "+"),
    uri.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    // Compose writes a dollar sign twice, YAML a quote.
    secret.replaceAll("$", "$$$$"),
    secret.replaceAll("'", "''"),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    ...base64Forms(secret),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("hex").toUpperCase(),
  ];
}

/** Base64 of the value alone and inside a longer text, where it begins at any of three offsets. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
    // What the neighbours have a part in is left out.
    const from = Math.ceil((offset * 8) / 6);
    return text.slice(from, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const whole = [bytes.toString("base64"), bytes.toString("base64url")];
  const standard = inside.map((form) => form.replaceAll("-", "+").replaceAll("_", "/"));
  return [...whole, ...inside, ...standard].filter((form) => form.length > SHORTEST_ANYWHERE);
}

/**
 * Masks `NAME=value`, `NAME: value`, `"NAME":"value"` and `--name value` where it is that very value, in one of the
 * forms in which a short one is passed on.
 */
function behindNamesMasker(settings: readonly Setting[]): Redact {
  const values = new Map<string, Set<string>>();
  for (const [name, secret] of settings) {
    const own = values.get(keyOf(name)) ?? new Set<string>();
    for (const form of shortForms(secret)) own.add(form);
    values.set(keyOf(name), own);
  }
  if (values.size === 0) return (text) => text;
  const names = [...new Set(settings.map(([name]) => RegExp.escape(name).replaceAll(/_|\\x2d/g, "[_-]")))];
  const behind = new RegExp(
    String.raw`(?<![\w-])((-{0,2})(${names.join("|")})(?:\\{0,3}["']?\s{0,3}([:=])\s{0,3}|["']?,?\s{1,3})\\{0,3}["']?)([^\r\n]{1,512})`,
    "gi",
  );
  return (text) => replaceBehind(text, behind, values);
}

/** One hit may hold the next, so the search goes on right behind each name. */
function replaceBehind(
  text: string,
  behind: RegExp,
  values: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  let out = "";
  let at = 0;
  behind.lastIndex = 0;
  for (let hit = behind.exec(text); hit !== null; hit = behind.exec(text)) {
    const [, head = "", dashes = "", name = "", sign, rest = ""] = hit;
    const start = hit.index + head.length;
    // With a blank alone between, it has to be a flag.
    const own = sign === undefined && dashes === "" ? [] : [...(values.get(keyOf(name)) ?? [])];
    const form = own.find((value) => rest.startsWith(value) && !/^\w/.test(rest.slice(value.length)));
    if (form !== undefined) {
      out += text.slice(at, start) + MASK;
      at = start + form.length;
    }
    behind.lastIndex = Math.max(start, at);
  }
  return out + text.slice(at);
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function shortForms(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const uri = encodeURIComponent(secret.toWellFormed());
  const forms = [secret, json, uri, secret.replaceAll("$", "$$$$"), Buffer.from(secret).toString("base64")];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function maskPatterns(text: string): string {
  const words = text.includes("@") ? text.replaceAll(/[^\s"']+/g, maskUserInfo) : text;
  const masked = secretPatterns.reduce(
    (current, [pattern, replacement]) => current.replaceAll(pattern, replacement),
    words,
  );
  return maskSaid(maskFlags(maskOptions(masked))).replaceAll(
    assignmentPattern,
    (whole: string, head: string, ...more: readonly unknown[]) => {
      const value = whole.slice(head.length);
      if (isProse(head, value, String(more.at(-1)), Number(more.at(-2)))) return whole;
      const open = /^\\*["']?/.exec(value)?.[0] ?? "";
      const close = open !== "" && value.slice(open.length).endsWith(open) ? open : "";
      return `${head}${open}${MASK}${close}`;
    },
  );
}

/** A reference such as `${NAME}` is no value; one with a default may be, and `$ecret` with a dollar sign not doubled. */
const reference = /^\$(?:\{\w+\}|[A-Z_][A-Z0-9_]*)$/;

/** `--db-pw value` in one text, such as a command line; not `--key FILE`, as our own hints have it. */
function maskFlags(text: string): string {
  if (!text.includes("-")) return text;
  return text.replaceAll(
    /((?<![^\s"'`])--?([A-Za-z][\w-]{0,60})[ \t]{1,3})(?!-)("[^"\n]{0,4096}"|'[^'\n]{0,4096}'|[^\s"']{1,4096})/g,
    (whole, head: string, name: string, value: string) => {
      const isValue =
        !reference.test(value) && value !== MASK && !isPlainWord(value.replaceAll(/[^\w]+$/g, ""));
      return isValue && name.length > 1 && isSecretName(name) ? head + MASK : whole;
    },
  );
}

/** `using password VALUE`, `the token is VALUE`: of a sentence what is no word. */
function maskSaid(text: string): string {
  return text.replaceAll(
    /(\b(?:pass(?:word|wd|phrase)|token|secret|api ?key)s?[ \t]{1,3}(?:(?:is|was)[ \t]{1,3})?[`"']?)([^\s`"',;()<>]{8,512})/gi,
    (whole, head: string, word: string) => (isOpaque(word) ? head + MASK : whole),
  );
}

/** `do not make a new secret: connections and ...`, `ENCRYPTION_SECRET: without the old one ...`, `SECRET=...`. */
function isProse(head: string, value: string, text: string, at: number): boolean {
  if (/^\.+$/.test(value)) return true;
  if (!head.endsWith(": ") || !/^[a-z]+$/.test(value) || !isPlainWord(value)) return false;
  const next = /^,? ([a-z]+)(?![\w=:])/.exec(text.slice(at + head.length + value.length))?.[1];
  return next !== undefined && isPlainWord(next);
}
