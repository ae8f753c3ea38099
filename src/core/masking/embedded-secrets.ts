import { isHarmless } from "./harmless-values.ts";
import { isVariableName } from "./mask-env.ts";
import { maskUrl } from "./mask-url.ts";
import { secretsOfOptions } from "./option-secrets.ts";
import { isSecretName } from "./secret-names.ts";

const behindName =
  /(?<![\w-])(-{0,2})([A-Za-z][\w.-]{0,60})["']?(\s{0,3}[:=]\s{0,3}|["']?,?[ \t]{1,3})["']?((?:[^\s"',;&}\]\\]|\\.){1,512})/g;
/** With a scheme, or without one where a user and a password stand before the host. */
const url =
  /(?:\b[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/|(?<![\w:/])\/\/(?=[^\s"'`<>/@]{1,512}@))[^\s"'`<>]{1,2048}/g;

/** What names and addresses inside a text say to be a secret: `--db-pw VALUE`, `password=VALUE`, `https://VALUE@host`. */
export function embeddedSecrets(text: string): readonly string[] {
  const found: string[] = [];
  behindName.lastIndex = 0;
  for (let hit = behindName.exec(text); hit !== null; hit = behindName.exec(text)) {
    const [whole, dashes = "", name = "", sign = "", value = ""] = hit;
    // With a blank alone between, it has to be a flag.
    const isBehind = /[:=]/.test(sign) || (dashes !== "" && !value.startsWith("-"));
    if (isBehind && isSecretName(name) && !isReference(value) && !isHarmless(name, value))
      found.push(value, value.replace(/^\$/, ""));
    behindName.lastIndex = hit.index + whole.length - value.length;
  }
  // The rest of a value whose dollar sign was not doubled, with what stands before it.
  for (const [, before = "", rest = ""] of text.matchAll(/([^\s"'=:/@${}-]{1,256})\$([A-Za-z_]\w{5,256})/g))
    found.push(rest, `${before}$${rest}`);
  for (const [address] of text.matchAll(url))
    found.push(...(maskUrl(address.replace(/^\/\//, "any://"))?.secrets ?? []));
  found.push(...secretsOfOptions(text));
  return found.filter((secret) => secret !== "");
}

/** `${NAME}` and `$NAME`; `$ecret` is a value whose dollar sign was not doubled. */
function isReference(value: string): boolean {
  return /^\$(?:[{(]|[A-Z_][A-Z0-9_]*(?![A-Za-z0-9_]))/.test(value);
}

/** A line of `.env` that assigns nothing may be a secret, or hold one behind a sign that was meant to be another. */
export function strayLines(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const bare = line.trim();
    if (bare === "" || bare.startsWith("#")) return [];
    const name = /^(?:export\s+)?([^\s=:#]+)\s*[=:]/.exec(bare)?.[1];
    if (name !== undefined && isVariableName(name)) return [];
    const words = bare.split(/[\s;:=!|,"']+/).map((word) => word.replaceAll(/^[^\w]+|[^\w]+$/g, ""));
    return [bare, ...words.filter((word) => word.length > 7 && !/^[A-Z]+(?:_[A-Z0-9]+)+$/.test(word))];
  });
}
