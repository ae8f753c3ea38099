import { assignmentPattern, MASK, maskUserInfo, secretPatterns } from "./secret-patterns.ts";

export { MASK } from "./secret-patterns.ts";

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** Names of variables whose values are secrets. */
const secretName =
  /(pass(word|wd|phrase)?|secret|token|credential|private|encode_?key|api_?key|access_?key|account_?key|pat$|_key$|pwd|auth|dsn$|connection_?string|webhook|_salt$|_sas$)/i;

/** Values that DevLake's public files ship with, and words of every log: masking them everywhere would garble texts. */
const publicDefaults = new Set(
  "admin merico lake root true false mysql devlake grafana docker compose apache localhost password secret config".split(
    " ",
  ),
);

/** Up to this length a known secret is only masked where it stands alone: it may be a part of any word. */
const WORD_LENGTH = 8;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * A redactor that masks the given values in plain, base64, URI-encoded, escaped and quoted form, each
 * line of one with several lines too, and whatever looks like a credential. Values under 6 characters
 * or public defaults are left to the patterns.
 */
export function createRedactor(knownSecrets: Iterable<string>): Redact {
  const forms = new Set<string>();
  for (const secret of knownSecrets) {
    for (const part of new Set([secret, ...secret.split(/\r?\n/).map((line) => line.trim())])) {
      if (part.length < 6 || publicDefaults.has(part.toLowerCase())) continue;
      for (const form of encodings(part)) forms.add(form);
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return (text) => maskPatterns(longestFirst.reduce(maskForm, text));
}

function maskForm(text: string, form: string): string {
  if (!text.includes(form)) return text;
  if (form.length > WORD_LENGTH) return text.replaceAll(form, MASK);
  const alone = new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(form)}(?![A-Za-z0-9])`, "g");
  return text.replaceAll(alone, MASK);
}

/** The forms in which programs pass a value on. */
function encodings(secret: string): readonly string[] {
  const uri = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
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
  ].filter((form) => form.length >= 6);
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
  return [...whole, ...inside, ...standard].filter((form) => form.length > WORD_LENGTH);
}

function maskPatterns(text: string): string {
  const words = text.includes("@") ? text.replaceAll(/[^\s"']+/g, maskUserInfo) : text;
  const masked = secretPatterns.reduce(
    (current, [pattern, replacement]) => current.replaceAll(pattern, replacement),
    words,
  );
  return masked.replaceAll(assignmentPattern, (whole: string, head: string) => {
    const value = whole.slice(head.length);
    const open = /^\\*["']?/.exec(value)?.[0] ?? "";
    const close = open !== "" && value.slice(open.length).endsWith(open) ? open : "";
    return `${head}${open}${MASK}${close}`;
  });
}
