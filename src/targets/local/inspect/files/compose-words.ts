import { maskComposeMessage, type KnownToUs } from "../../causes/compose-message.ts";
import { composeNames, type ComposeNames } from "../../masking/compose-names.ts";
import type { KnownSecrets } from "../../../../core/masking/known-secrets.ts";
import { isOpaque } from "../../../../core/masking/mask-comment.ts";
import { isVariableName } from "../../../../core/masking/mask-env.ts";
import { MASK, type Redact } from "../../../../core/masking/redact.ts";
import type { FileReader } from "../../../../ports/files.ts";
import { interpolatedNames, type Sources } from "./compose-sources.ts";

interface Reading {
  readonly directory: string;
  readonly sources: Sources;
  readonly secrets: KnownSecrets;
  readonly redact: Redact;
  readonly files: FileReader;
}

/** What Compose said of the files, fit to be seen; of files outside of the directory their paths only. */
export async function composeWords(message: string, reading: Reading): Promise<string> {
  const outside = await outsidePath(message, reading);
  if (outside !== undefined)
    return `Compose cannot use ${reading.redact(outside)}, which is outside of this directory: what it says of that file is not shown`;
  return reading.redact(maskComposeMessage(message, knownToUs(reading)));
}

/** A path that Compose named, without what variables brought into it. */
export function composePath(path: string, { sources, secrets, redact }: Reading): string {
  const written = writtenText(sources);
  const hidden = new Set(secrets.behindNames.map(([, value]) => value));
  const parts = path.split("/").map((part) => (hidden.has(part) && !written.includes(part) ? MASK : part));
  return redact(parts.join("/"));
}

function knownToUs({ directory, sources, secrets }: Reading): KnownToUs {
  const names = new Set([
    ...composeFiles(sources).flatMap((file) => file.names),
    // Without its brace a `$NAME` may be a part of a value.
    ...[...sources.env.keys(), ...interpolatedNames(sources, "${")].filter(isVariableName),
  ]);
  const values = new Set([...secrets.anywhere, ...secrets.behindNames.map(([, value]) => value)]);
  for (const name of names) if (secrets.anywhere.has(name)) names.delete(name);
  const written = writtenText(sources);
  return {
    names,
    isSecret: (word) => values.has(word),
    // Literally in the files: what a variable made of a path may hold its value.
    isPath: (path) => {
      const inside = path.startsWith(`${directory}/`)
        ? path.slice(directory.length + 1)
        : path.replace(/^\.\//, "");
      const isWritten = !values.has(inside) && !inside.split("/").some(isOpaque) && written.includes(inside);
      return path === directory || isUsual(inside) || isWritten;
    },
  };
}

function isUsual(path: string): boolean {
  return /^(?:\.env|(?:docker-)?compose(?:\.override)?\.ya?ml)$/.test(path);
}

/** The Compose files without what variables stand for. */
function writtenText(sources: Sources): string {
  const texts = sources.files.flatMap(({ role, text, path }) =>
    role === "compose" ? [path, text ?? ""] : [path],
  );
  return texts.join("\n").replaceAll(/\$\{[^}\n]*\}?|\$\w+/g, " ");
}

function composeFiles(sources: Sources): readonly ComposeNames[] {
  return sources.files.flatMap(({ role, text }) =>
    role === "compose" && text !== undefined ? [composeNames(text)] : [],
  );
}

/** Where Compose and its readers name a file, not a place in a container. */
const fileNamed =
  /(?:\b(?:open|stat|lstat|read|file|validating|parse|parsing|load|loading|include|in|from)[ "'`]{1,3}|^)((?:~|\.{0,2})\/[^\s"'`:,;()]+)/gm;

/** The file outside that a message speaks of, or may speak of because the files name no other that is wrong. */
async function outsidePath(message: string, reading: Reading): Promise<string | undefined> {
  const { directory, sources, files } = reading;
  for (const [, path = ""] of message.matchAll(fileNamed)) {
    const isInside = path.startsWith(`${directory}/`) || path === directory;
    if (!isInside && /^(?:\/|~|\.\.\/)/.test(path)) return path;
    const inside = isInside ? path.slice(directory.length + 1) : path;
    if (inside !== "" && (await leadsOut(inside, files))) return path;
  }
  const own = composeFiles(sources);
  const named = [...new Set(own.flatMap(({ outside }) => outside))];
  if (named.length === 0) return undefined;
  const isOurs = own.some(({ isWellFormed }) => !isWellFormed);
  return isOurs || message.includes(directory) || !/^(?:yaml|go-yaml)\b/.test(message)
    ? undefined
    : named.join(", ");
}

async function leadsOut(path: string, files: FileReader): Promise<boolean> {
  try {
    if ((await files.kindOf(path)) !== "symlink") return false;
    await files.readText(path);
    return false;
  } catch {
    // It may not be read from here: a link out of the directory, or through one.
    return true;
  }
}
