import { composeKeys, nearestComposeKey } from "../../../core/masking/setting-keys.ts";
import { isPlainWord } from "../../../core/masking/plain-words.ts";
import { MASK } from "../../../core/masking/secret-patterns.ts";

/** What our own reading of the deployment's files knows, and may therefore stand in a message. */
export interface KnownToUs {
  /** Of services, volumes, networks and variables. */
  readonly names: ReadonlySet<string>;
  readonly isPath: (path: string) => boolean;
  /** Whether a word is the value of a setting that is not known to be harmless. */
  readonly isSecret: (word: string) => boolean;
}

export const nothingKnown: KnownToUs = { names: new Set(), isPath: () => false, isSecret: () => false };

/**
 * Compose quotes the offending value of `.env` and of `environment:`, which may be the encryption secret:
 * `line 3: unterminated quoted value "…`. The place stays, the value goes, with all that may be its further lines.
 */
export function withoutQuotedValues(said: string): string {
  return said
    .replaceAll(/(unterminated quoted value) [\s\S]*/g, "$1")
    .replaceAll(
      /unexpected character .{1,12}? in variable name(?: near)?[\s\S]*/g,
      "unexpected character in variable name",
    )
    .replaceAll(/(required variable \w{1,80} is missing a value)[\s\S]*/g, "$1")
    .replaceAll(/(Invalid template:) [\s\S]*/g, "$1 ***")
    .replaceAll(/(unknown anchor) '[\s\S]*?'( referenced)/g, "$1$2")
    .replaceAll(
      /(invalid interpolation format for [^\n]*\nYou may need to escape any \$ with another \$\.)[\s\S]*/g,
      "$1",
    )
    .replaceAll(/(Invalid interpolation format for [^\n]* in service "[^"\n]*"): [\s\S]*/g, "$1")
    .replaceAll(/( contains ).+(, which is an invalid type)/g, "$1***$2")
    .replaceAll(/( interpolating ).+?( in service "[^"\n]*")[\s\S]*/g, "$1***$2")
    .replaceAll(
      /([Ii]nvalid (?:hostPort|containerPort|port|ip|IP|proto|range|duration|boolean|size)[^:\n]{0,20}): .*/g,
      `$1: ${MASK}`,
    );
}

const DOCS = /^https:\/\/(?:docs\.docker\.com|go\.dev|github\.com\/(?:docker|compose-spec))\/[\w./#-]*$/;
const PLACE = /^(?:L\d{1,6}(?:\.C\d{1,6})?(?:-L\d{1,6}(?:\.C\d{1,6})?)?)$/;

/**
 * What Compose or its YAML reader said, of which only words pass that give nothing away: those of their own errors,
 * names that the files' own keys have, places. All else may be quoted from a file.
 */
export function maskComposeMessage(message: string, known: KnownToUs): string {
  let before = "";
  const masked = withoutQuotedValues(message).replaceAll(
    /<redacted>|[^\s"'`,;()[\]{}<>|=]+/g,
    (token: string, at: number, whole: string) => {
      const isQuoted =
        /["'`]/.test(whole[at - 1] ?? "") &&
        !/\b(?:service|network|volume|key|config|secret|property|properties)\b[^"'`]{0,20}["'`]$/.test(
          whole.slice(Math.max(0, at - 40), at),
        );
      const isIndex = whole[at - 1] === "[" && /^\d{1,3}$/.test(token);
      const shown = token === MASK || isIndex ? token : maskToken(token, before, isQuoted, known);
      before = token.toLowerCase();
      return shown;
    },
  );
  return masked.replaceAll(/(<redacted>)(?:[\s"'`,;()[\]{}|=.:-]*<redacted>)+/g, "$1");
}

function maskToken(token: string, before: string, isQuoted: boolean, known: KnownToUs): string {
  // `:/etc/x:/etc/y:ro:` is one token.
  if (/[/\\]/.test(token) && token.includes(":") && !token.includes("://") && !/^[A-Za-z]:/.test(token))
    return token.replaceAll(/[^:]+/g, (part) => maskToken(part, before, isQuoted, known));
  const end = /[:.!?]+$/.exec(token)?.[0] ?? "";
  const word = token.slice(0, token.length - end.length);
  if (word === "" || !/[\p{L}\p{N}]/u.test(word))
    return /^[-*.:!?/$&#~+%@^\\]{0,3}$/.test(word) ? token : MASK + end;
  if (isQuoted && known.isSecret(word)) return MASK + end;
  return isShown(word, before, known) ? token : MASK + end;
}

function isShown(word: string, before: string, known: KnownToUs): boolean {
  if (DOCS.test(word) || PLACE.test(word)) return true;
  if (/^\d{1,6}$/.test(word))
    // `within 20 s`, `more than 1024 MiB` are bounds of ours or of a format.
    return /^(?:line|column|lines|code|errno|within|than|v?\d+)$/.test(before.replaceAll(/[:.]$/g, ""));
  if (/[/\\]/.test(word)) return known.isPath(word) || word.split("/").every((part) => isName(part, known));
  return word.split(/[.:]/).every((part) => part === "" || isName(part, known) || /^\d{1,3}$/.test(part));
}

function isName(word: string, known: KnownToUs): boolean {
  if (known.names.has(word) || composeKeys.has(word) || isPlainWord(word)) return true;
  if (/^[a-z_]+$/.test(word) && nearestComposeKey(word) !== undefined) return true;
  // `block-mapping`, `env_file`, `go-yaml`: words that are put together.
  const parts = word.split(/[-_]/);
  return parts.length > 1 && parts.every((part) => part !== "" && isPlainWord(part));
}
