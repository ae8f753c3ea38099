/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** Stands in place of a secret; a plain scalar in YAML, so that masked sources still parse. */
export const MASK = "<redacted>";

/** Names of variables whose values are secrets. */
const secretName =
  /(pass(word|wd)?|secret|token|credential|private|encode_?key|api_?key|access_?key|pat$|_key$|pwd|auth)/i;

/** Values that DevLake's public compose file ships with: masking them everywhere would garble texts. */
const publicDefaults = new Set(["admin", "merico", "lake", "root", "true", "false", "mysql", "devlake"]);

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * A redactor that masks the given values in plain, base64, URI-encoded and JSON-escaped form, and
 * whatever looks like a credential. Values under 6 characters or public defaults are left to the
 * patterns.
 */
export function createRedactor(knownSecrets: Iterable<string>): Redact {
  const forms = new Set<string>();
  for (const secret of knownSecrets) {
    if (secret.length < 6 || publicDefaults.has(secret)) continue;
    for (const form of encodings(secret)) forms.add(form);
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => maskPatterns(longestFirst.reduce((masked, form) => masked.replaceAll(form, MASK), text));
}

function encodings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [
    secret,
    base64,
    base64.replaceAll("=", ""),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
}

const patterns: readonly (readonly [RegExp, string])[] = [
  // user:password@host in URLs and Go DSNs
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]{0,256}:)[^\s@]{1,256}(?=@)/gi, `$1${MASK}`],
  [/(\b[\w.-]{1,64}:)[^\s@:/]{1,128}(?=@(?:tcp|unix)\()/g, `$1${MASK}`],
  [/\b(gh[pousr]_)[A-Za-z0-9]{20,}/g, `$1${MASK}`],
  [/\b(github_pat_)\w{20,}/g, `$1${MASK}`],
  [/\b(glpat-|squ_|xox[abp]-)[\w-]{10,}/g, `$1${MASK}`],
  [/\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, MASK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [
    /(\b\w*(?:password|passwd|secret|token|api_?key|encode_?key)\w*["']?\s*[:=]\s*["']?)(?!\$\{?[A-Z_]+[}:?-])[^\s"',;&]{3,}/gi,
    `$1${MASK}`,
  ],
];

function maskPatterns(text: string): string {
  return patterns.reduce((masked, [pattern, replacement]) => masked.replaceAll(pattern, replacement), text);
}
