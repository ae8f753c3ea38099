/** Stands in place of a secret; a plain scalar in YAML, so that masked sources still parse. */
export const MASK = "<redacted>";

/** One form of credential: what it looks like, and what stands there afterwards. */
export type SecretPattern = readonly [pattern: RegExp, replacement: string];

/*
 * Every pattern begins with something literal and repeats only within bounds, so that a hostile line
 * costs time in proportion to its length.
 */

/** An assignment's value: quoted as a whole, else up to what ends a word. Escapes are taken whole. */
const assigned = [
  String.raw`\\{1,3}"[^"\n]{1,4096}?\\{1,3}"`,
  String.raw`\\{1,3}"[^"\\\n]{1,4096}`,
  String.raw`"(?:[^"\\\n]|\\.){1,4096}"`,
  String.raw`'[^'\n]{1,4096}'`,
  // A quote that is never closed.
  String.raw`["'][^\s"']{1,4096}`,
  String.raw`\$\{[^}\n]{1,256}\}`,
  String.raw`(?:\\[^\s"']|[)}\]](?![\s,;)}\]"']|$)|[^\s"',;&\\)}\]]){1,4096}`,
].join("|");
/** Words that are common in sentences count as a part of a name with `_`, after `--`, or in capitals. */
const shortWords =
  "pw|pass|passw|creds?|jwt|cookies?|session|conn|dsn|webhook|cert|seed|salt|licen[cs]e|otp|totp|pin|pat|sas";
const secretWord = [
  String.raw`(?:_pass|pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|(?:encode|access|account|shared|signing|private)_?key|credentials?|connection_?string)\w{0,40}`,
  String.raw`(?:(?<=[A-Za-z0-9]_)|(?<=--)|(?<=--[\w-]{1,30}-))(?:${shortWords})(?![A-Za-z0-9])`,
  String.raw`(?<![\w-])(?-i:${shortWords.toUpperCase()})(?![A-Za-z0-9])`,
].join("|");
/** Between name and value, in YAML, JSON (also inside a string), `.env` and flags: `":"`, `=`, `: `. */
const separator = String.raw`\\{0,3}["']?\s{0,3}[:=]\s{0,3}`;

export const secretPatterns: readonly SecretPattern[] = [
  // DevLake prints the whole value of a DB_URL it does not understand (core/runner/db.go).
  [/(invalid DB_URL:\s{0,3})[^\s"']{1,2048}/g, `$1${MASK}`],
  // Of one that Go cannot parse it prints what it took for the host, and what it stumbled over: a part of the password.
  [/(\bparse \\{0,3}"[a-z]{1,20}:\/\/[^\s"':@/]{0,128}:)[^\s"\\@]{1,512}(?=\\{0,3}":)/gi, `$1${MASK}`],
  [/(\binvalid URL escape \\{0,3}")[^\s"\\]{1,512}/g, `$1${MASK}`],
  [/(\binvalid port \\{0,3}":?)[^\s"\\]{1,512}(?=\\{0,3}" after host)/g, `$1${MASK}`],
  [/\b(gh[opusr]_)[A-Za-z0-9]{20,255}/g, `$1${MASK}`],
  [/\b(github_pat_)\w{20,255}/g, `$1${MASK}`],
  [/\b(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-)[\w.-]{10,255}/g, `$1${MASK}`],
  // SonarQube: user, project and global analysis tokens.
  [/\b(sq[upa]_)[0-9a-f]{30,64}/g, `$1${MASK}`],
  [/\b(xox[abeoprs]-)[\w-]{10,255}/g, `$1${MASK}`],
  [/(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{8,255}/g, `$1${MASK}`],
  [/(\bdiscord(?:app)?\.com\/api\/webhooks\/)[\w/-]{8,255}/g, `$1${MASK}`],
  [/(\.office\.com\/webhook(?:b2)?\/)[\w/@-]{8,512}/g, `$1${MASK}`],
  [/(\/open-apis\/bot\/v2\/hook\/)[\w-]{8,255}/g, `$1${MASK}`],
  [/\b(AT(?:ATT3|BB|CTT3))[\w=+/-]{16,512}/g, `$1${MASK}`],
  [/\b(sk-|dckr_pat_|npm_|AIza)[\w-]{20,255}/g, `$1${MASK}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, `$1${MASK}`],
  // Azure DevOps personal access tokens: 52 characters of base32, or 84 with a mark in them.
  [/\b[a-z2-7]{52}\b/g, MASK],
  [/\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b/g, MASK],
  [/(?<![\w.-])eyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{0,4096}/g, MASK],
  [/\b(bearer\s{1,3})[\w.~+/=-]{6,4096}/gi, `$1${MASK}`],
  [/\b(basic\s{1,3})[A-Za-z0-9+/]{6,4096}={0,2}/gi, `$1${MASK}`],
  [
    /\b((?:authorization|private-token|x-api-key)\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?(?:(?:bearer|basic|token)\s{1,3})?)[^\s"'\\<]{4,4096}/gi,
    `$1${MASK}`,
  ],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, MASK],
  [/(\bidentified\s{1,3}by\s{1,3}["'])[^"'\n]{1,256}/gi, `$1${MASK}`],
  [/(\b(?:mysql|mariadb)[\w-]{0,20}\s[^\n]{0,200}?\s-p)[^\s"'<]{1,256}/g, `$1${MASK}`],
  [/(\b(?:set-)?cookie\\{0,3}["']?\s{0,3}:\s{0,3}["']?)(?!<redacted>)[^\r\n"'\\]{4,4096}/gi, `$1${MASK}`],
  [/(<(?:password|passwd|pwd|token|secret|api_?key)>)[^<\n]{1,512}/gi, `$1${MASK}`],
  [/((?:password|passwd|pwd|token|secret|api_?key)%3D)[^\s"'&%<]{1,512}/gi, `$1${MASK}`],
  [
    /((?<![\w.-])(?:pw|passw|auth|session_?id|jwt|creds?)=["']?)(?!\$|(?:true|false|none|null|on|off|yes|no)\b)[^\s"',;&<]{4,512}/gi,
    `$1${MASK}`,
  ],
  // Without a scheme, so only where a port says that it is an address.
  [/((?<![\w/.@-])[\w.-]{1,32}:)[^\s:@/"'<]{4,128}(?=@[\w.-]{1,253}:\d{2,5}(?!\w))/g, `$1${MASK}`],
  [/([?&](?:sig|key|code|auth)=)[\w%+/=.~-]{8,512}/g, `$1${MASK}`],
];

/**
 * `name=value` and the like where the name says that the value is secret. Not a reference such as
 * `${NAME}` (one with a default is no mere reference), and not MySQL's "(using password: YES)".
 */
export const assignmentPattern = new RegExp(
  String.raw`((?:${secretWord})${separator})(?!${MASK}|(?-i:\$\{[A-Za-z_]\w{0,80}\}|\$[A-Z_][A-Z0-9_]{0,80}(?!\w)|YES\b|NO\b))(?:${assigned})`,
  "gi",
);

/** There the user is no secret; a token may stand in place of any other. */
const schemesWithUsers =
  /(?:mysql|mariadb|postgres|postgresql|pgsql|mongodb|mongodb\+srv|redis|rediss|amqp|amqps|ssh|tcp)$/i;

/** A word with an @ in it: `scheme://user:password@host`, `scheme://TOKEN@host`, Go's `user:password@tcp(host)`. */
export function maskUserInfo(word: string): string {
  if (!word.includes("@")) return word;
  const dsn = Math.max(word.lastIndexOf("@tcp("), word.lastIndexOf("@unix("));
  if (dsn >= 0) return maskBetween(word, word.indexOf(":") + 1, dsn);
  // `//user:password@host` is one without its scheme.
  const start = word.indexOf("//") + 2;
  if (start < 2) return word;
  const rest = word.slice(start);
  // A port and no password: the @ belongs to the path or the query.
  if (/^[^:/@]*(?::\d{1,5})?[/?#]/.test(rest)) return word;
  // Up to the last @, because passwords hold @ and / unescaped.
  const end = word.lastIndexOf("@");
  if (!schemesWithUsers.test(word.slice(Math.max(0, start - 16), start - 3)))
    return word.slice(start, end) === "git" ? word : maskBetween(word, start, end);
  const colon = word.indexOf(":", start);
  if (colon >= 0 && colon < end) return maskBetween(word, colon + 1, end);
  return end - start >= 20 ? maskBetween(word, start, end) : word;
}

/** `mysql://USER:PASSWORD@host` says what to write there. */
const placeholder = /^(?:PASSWORD|TOKEN|SECRET|<redacted>)$/;

function maskBetween(word: string, start: number, end: number): string {
  return start > 0 && start < end && !placeholder.test(word.slice(start, end))
    ? word.slice(0, start) + MASK + word.slice(end)
    : word;
}
