import { composeKeys } from "./setting-keys.ts";
import { isHarmless } from "./harmless-values.ts";
import { isVariableName, maskedLine } from "./mask-env.ts";
import { maskUrl } from "./mask-url.ts";
import { isPlainWord } from "./plain-words.ts";
import { isSecretName } from "./secret-names.ts";
import { MASK } from "./secret-patterns.ts";
import { maskSetting } from "./setting-value.ts";

const namesWithValue = [
  /(?<!\w)([A-Za-z_]\w*)["']?(?::[ \t]+|=)(?=[^\s])/g,
  /(?<![\w-])--?([A-Za-z][\w-]*)["']?(?:[ \t]*,[ \t]*|[ \t]+)["']?(?=[^\s,-])/g,
];

/** From the first secret's assignment on, such as `# ADMIN_PASS: value`: where its value ends cannot be known. */
export function maskAssignments(line: string): string {
  const starts = namesWithValue.flatMap((pattern) => {
    const found = line.matchAll(pattern).find(([, name = ""]) => isSecretName(name.replaceAll("-", "_")));
    return found === undefined ? [] : [found.index + found[0].length];
  });
  if (starts.length === 0) return line;
  const start = Math.min(...starts);
  return line.slice(0, start) + maskedLine(line.slice(start));
}

/** What people write in capitals before a colon that is no variable. */
const remarks = /^(?:TODO|FIXME|NOTE|XXX|HACK|BUG|WARNING|WARN|INFO|HINT|IMPORTANT|SEE|README)$/;

export function isRemark(name: string): boolean {
  return remarks.test(name);
}

/**
 * A comment: settings in it as if they were none, URLs in parts, words that look like no word. Sentences stay, but
 * for words that nobody knows behind one that speaks of a secret.
 */
export function maskComment(comment: string): string {
  const setting =
    /^(\s*#+\s*(?:-\s+)?["']?(?:export\s+)?)([A-Za-z_][\w.-]*)(["']?\s*(?::\s+|=\s*))(\S.*)$/s.exec(comment);
  const [, lead = "", name = "", sign = "", value = ""] = setting ?? [];
  if (setting !== null && isSetting(name, sign)) {
    const [bare, tail] = splitTail(value);
    const { shown } = maskSetting(name, bare);
    if (shown !== bare) return `${lead}${name}${sign}${shown}${tail}`;
  }
  return maskWords(maskAssignments(comment));
}

function isSetting(name: string, sign: string): boolean {
  if (composeKeys.has(name) || isRemark(name)) return false;
  return (
    (sign.includes("=") || /_|^[A-Z][A-Z0-9]{2,}$/.test(name)) && (isVariableName(name) || isSecretName(name))
  );
}

/** The value without quotes and with what stands behind it. */
function splitTail(value: string): readonly [string, string] {
  const tail = /["'\s]*$/.exec(value)?.[0] ?? "";
  return [value.slice(0, value.length - tail.length), tail];
}

function maskWords(comment: string): string {
  return throughWords(comment, (token, word) =>
    word.includes("://") ? maskUrlInText(token) : token.replace(word, MASK),
  );
}

/** Words of a comment that are no words, so that they are masked elsewhere too. */
export function secretWords(comment: string): readonly string[] {
  const found: string[] = [];
  throughWords(comment, (token, word) => {
    if (!word.includes("://")) found.push(word);
    return token;
  });
  return found;
}

/** `change` gets what has to be changed: URLs, and words that tell. */
function throughWords(comment: string, change: (token: string, word: string) => string): string {
  let speaksOfSecret = false;
  return comment.replaceAll(/[^\s"'`,;()[\]{}]+/g, (token) => {
    const word = token.replaceAll(/^[#*.:-]+|[.:!?]+$/g, "");
    const isTelling = speaksOfSecret && !isKnownWord(word);
    speaksOfSecret ||= isSecretName(word) && /^[A-Za-z_]+$/.test(word);
    return word.includes("://") || isTelling || isOpaque(word) ? change(token, word) : token;
  });
}

function isKnownWord(word: string): boolean {
  return (
    word === "" ||
    word === MASK ||
    isPlainWord(word) ||
    word.split(/[-/.]/).every((part) => part === "" || isPlainWord(part)) ||
    (isVariableName(word) && /^(?:[A-Z]{1,24}|[A-Z]+(?:_[A-Z]+)+)$/.test(word)) ||
    isHarmless("", word)
  );
}

/** Letters and digits without order: nobody's word, no version, no path, no name with a number behind it. */
export function isOpaque(word: string): boolean {
  if (word.length < 8 || word.includes(MASK) || isHarmless("", word) || /[/\\<>=@:$]/.test(word))
    return false;
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(word)) return true;
  const isName =
    /^[A-Za-z][A-Za-z_.-]*\d{0,4}(?:\.\d+)*[A-Za-z_.-]*$/.test(word) || /^[\d.:TZ+-]+$/.test(word);
  return !isName && /\d/.test(word) && /[A-Za-z]/.test(word);
}

/** Addresses of pages stay; users, opaque parts of paths and values of parameters do not. */
export function maskUrlInText(token: string): string {
  const masked = maskUrl(token);
  if (masked === undefined || masked.secrets.length === 0) return token;
  const path =
    /^https?:\/\/[\w.-]+(?::\d{1,5})?((?:\/[A-Za-z]{1,24}(?:[-_.][A-Za-z0-9]{1,24}){0,8}|\/\d{1,4}|\/v?\d+(?:\.\d+)*)*\/?)(?:#[\w-]{1,64})?[.)]?$/;
  return path.test(token) && !/hook/i.test(token) ? token : masked.shown;
}
