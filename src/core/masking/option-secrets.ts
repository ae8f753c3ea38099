import { isHarmless } from "./harmless-values.ts";
import { isPlainWord } from "./plain-words.ts";
import { MASK } from "./secret-patterns.ts";

/** Options of programs that take a secret without saying so in their names; the last group is the secret. */
const options: readonly RegExp[] = [
  // curl, wget and the like: `-u USER:PASSWORD`.
  /((?<![\w-])(?:-u|--user|--proxy-user|-U)(?:[ \t]{1,3}|=)?\\{0,3}["']?[\w.@%+-]{1,64}:)([^\s"'\\]{1,512})/g,
  /((?<![\w-])(?:-H|--header)(?:[ \t]{1,3}|=)?\\{0,3}["']?(?!(?:Accept|Content-Type|Host|User-Agent|Origin|Referer|Cache-Control|Connection)\b)[A-Za-z][\w-]{0,60}:[ \t]{0,3})([^\n"'\\]{1,512})/gi,
  /(\b(?:mysql|mariadb)[\w-]{0,20}[ \t][^\n]{0,200}?[ \t]-p)([^\s"'<\\]{1,256})/g,
  /(\bsshpass[ \t]{1,3}-p[ \t]{0,3}["']?)([^\s"'\\]{1,512})/g,
  /(\bredis-cli\b[^\n]{0,200}?[ \t](?:-a|--pass)[ \t]{1,3}["']?)([^\s"'\\]{1,512})/g,
  /(\b(?:docker|podman|helm)[ \t]{1,3}(?:registry[ \t]{1,3})?login\b[^\n]{0,200}?[ \t]-p[ \t]{1,3}["']?)([^\s"'\\]{1,512})/g,
  /(\bmongo(?:sh|dump|restore)?\b[^\n]{0,200}?[ \t]-p[ \t]{1,3}["']?)([^\s"'\\]{1,512})/g,
  /(\bhtpasswd[ \t]{1,3}-\w*b\w*[ \t]{1,3}[^\s"']{1,256}[ \t]{1,3}[^\s"']{1,256}[ \t]{1,3}["']?)([^\s"'\\]{1,512})/g,
];

function isSecret(value: string): boolean {
  return value !== MASK && !/^[$-]/.test(value) && !isHarmless("", value) && !isPlainWord(value);
}

/** A command line without what such options say. */
export function maskOptions(text: string): string {
  if (!text.includes("-")) return text;
  return options.reduce(
    (current, pattern) =>
      current.replaceAll(pattern, (whole, head: string, value: string) =>
        isSecret(value) ? head + MASK : whole,
      ),
    text,
  );
}

/** What they say. */
export function secretsOfOptions(text: string): readonly string[] {
  if (!text.includes("-")) return [];
  return options.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(([, , value = ""]) => (isSecret(value) ? [value] : [])),
  );
}
