import { isHarmless } from "./harmless-values.ts";
import { maskUrl, type Masked } from "./mask-url.ts";
import { isPlainWord } from "./plain-words.ts";
import { putReferencesBack, takeReferencesOut, wordOfReference } from "./references.ts";
import { isSecretName } from "./secret-names.ts";
import { MASK } from "./secret-patterns.ts";

const marks = /[\uE000-\uF8FF]/g;
/** What joins references without being a value: `${HOST}:${PORT}`. */
const joints = /^[\s:/.,@=_-]*$/;

/**
 * What may be shown of a setting, and what of it is a secret. Unless name and shape say that it is harmless,
 * nothing is but references to variables, and of a URL the parts that {@link maskUrl} leaves.
 */
export function maskSetting(name: string, value: string): Masked {
  if (isHarmless(name, value) || value === MASK) return { shown: value, secrets: [] };
  const taken = takeReferencesOut(value);
  if (taken === undefined) return { shown: MASK, secrets: [value] };
  const secrets: string[] = [];
  const references = taken.references.map((reference) => maskReference(name, reference, secrets));
  const { shown } = maskLiteral(name, taken.text, secrets);
  return {
    shown: putReferencesBack(shown, references),
    secrets: secrets.map((secret) => secret.replaceAll(marks, "")),
  };
}

function maskLiteral(name: string, text: string, secrets: string[]): { readonly shown: string } {
  if (joints.test(text.replaceAll(marks, ""))) return { shown: text };
  const asWords = text.replaceAll(marks, "a");
  const asNumbers = text.replaceAll(marks, "1");
  if (asWords !== text && (isHarmless(name, asWords) || isHarmless(name, asNumbers))) return { shown: text };
  const url = isSecretName(name) ? undefined : maskUrl(text);
  if (url !== undefined) {
    secrets.push(...url.secrets);
    return url;
  }
  // Of `$ecret` Compose says that no such variable is set.
  secrets.push(text, ...text.split(marks), ...text.split("$"));
  // Beside what is masked a `$NAME` may be a part of it.
  return { shown: MASK };
}

/** `${NAME:-default}` and `${NAME:?message}`: both may be meant to be seen by nobody. */
export function maskReference(setting: string, reference: string, secrets: string[]): string {
  const parts = wordOfReference(reference);
  if (parts === undefined || parts.word === "" || parts.word === MASK) return reference;
  const { name, operator, word } = parts;
  const shown = operator.endsWith("?")
    ? maskMessage(word, secrets)
    : maskDefault(setting, name, word, secrets);
  return `\${${name}${operator}${shown}}`;
}

function maskDefault(setting: string, name: string, word: string, secrets: string[]): string {
  // Either name may be the one that tells: `PASSWORD: ${X:-...}`, `X: ${PASSWORD:-...}`.
  const telling = isSecretName(setting) ? setting : name;
  if (!isSecretName(telling) && isHarmless(setting, word)) return word;
  const masked = maskSetting(telling, word);
  secrets.push(...masked.secrets);
  return masked.shown;
}

/** What people write there is a sentence; of it the words remain that give nothing away. */
function maskMessage(message: string, secrets: string[]): string {
  const hidden = message.split(/[\s"'`,;()]+/).filter((word) => word !== "" && !isHarmlessWord(word));
  if (hidden.length === 0) return message;
  // Names of variables stand there too.
  for (const word of hidden) secrets.push(...(maskUrl(word)?.secrets ?? (/\d/.test(word) ? [word] : [])));
  return MASK;
}

function isHarmlessWord(word: string): boolean {
  return isPlainWord(word.replaceAll(/[.:!?]+$/g, "")) || word === MASK || /^\.?env$/.test(word);
}
