import { isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Document } from "yaml";
import { aliasTargets } from "../core/compose-edit/alias-targets.ts";
import { maskComposeMessage, type KnownToUs } from "../core/compose-message.ts";
import type { KnownSecrets } from "../core/known-secrets.ts";
import { isVariableName } from "../core/mask-env.ts";
import { MASK, type Redact } from "../core/redact.ts";
import type { FileReader } from "../ports/files.ts";
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
  const documents = composeDocuments(sources);
  const names = new Set([
    ...documents.flatMap(namesIn),
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
      return path === directory || isUsual(inside) || (!values.has(inside) && written.includes(inside));
    },
  };
}

function isUsual(path: string): boolean {
  return /^(?:\.env|(?:docker-)?compose(?:\.override)?\.ya?ml)$/.test(path);
}

/** The Compose files without comments and without what variables stand for. */
function writtenText(sources: Sources): string {
  const texts = sources.files.flatMap(({ role, text, path }) =>
    role === "compose" ? [path, text ?? ""] : [path],
  );
  return texts.join("\n").replaceAll(/\$\{[^}\n]*\}?|\$\w+/g, " ");
}

function composeDocuments(sources: Sources): readonly Document[] {
  return sources.files.flatMap(({ role, text }) =>
    role === "compose" && text !== undefined
      ? [parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false })]
      : [],
  );
}

/** Of `- NAME=value` the names. */
function listed(node: unknown): readonly string[] {
  if (!isSeq(node)) return [];
  return node.items.flatMap((item) => (isScalar(item) ? [String(item.value).replace(/=[\s\S]*/, "")] : []));
}

/** Names of services, volumes and the like, and of variables: in `environment`, `args`, and between `${` and `}`. */
function namesIn(document: Document): readonly string[] {
  const { contents } = document;
  const targets = aliasTargets(document);
  const names: string[] = [];
  const members = (node: unknown): readonly (readonly [string, unknown])[] => {
    const map = isAlias(node) ? targets.get(node) : node;
    if (!isMap(map)) return [];
    return map.items.flatMap(({ key, value }) =>
      isScalar(key) ? [[String(key.value), value] as const] : [],
    );
  };
  for (const [section, value] of members(contents)) {
    if (!/^(?:services|volumes|networks|configs|secrets)$/.test(section)) continue;
    for (const [name, item] of members(value)) {
      if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) names.push(name);
      for (const [key, settings] of members(item)) {
        if (key !== "environment") continue;
        names.push(...members(settings).map(([variable]) => variable), ...listed(settings));
      }
    }
  }
  return names.filter((name) => isVariableName(name) || /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name));
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
  const named = namedOutside(sources);
  if (named.length === 0) return undefined;
  const isOurs = composeDocuments(sources).some(({ errors }) => errors.length > 0);
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

/** Files that the Compose files name and that are not below the directory. */
function namedOutside(sources: Sources): readonly string[] {
  const found = new Set<string>();
  const add = (node: unknown): void => {
    if (isScalar(node) && /^(?:~|\/|\.\.\/)/.test(String(node.value))) found.add(String(node.value));
    else if (isSeq(node)) node.items.forEach(add);
  };
  for (const document of composeDocuments(sources)) {
    visit(document, {
      Pair: (_key, { key, value }) => {
        if (
          isScalar(key) &&
          /^(?:file|path|env_file|include|label_file|project_directory)$/.test(String(key.value))
        )
          add(value);
      },
    });
  }
  return [...found];
}
