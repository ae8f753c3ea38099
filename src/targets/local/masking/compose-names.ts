import { isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Document } from "yaml";
import { aliasTargets } from "../compose-edit/alias-targets.ts";
import { isVariableName } from "../../../core/masking/mask-env.ts";

/** What the keys of a Compose file name, and which files elsewhere it names. */
export interface ComposeNames {
  readonly isWellFormed: boolean;
  /** Of services, volumes and the like, and of variables in `environment`. */
  readonly names: readonly string[];
  /** Paths that lead out of the file's directory. */
  readonly outside: readonly string[];
}

export function composeNames(text: string): ComposeNames {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false });
  return {
    isWellFormed: document.errors.length === 0,
    names: namesIn(document),
    outside: outsideFiles(document),
  };
}

/** Of `- NAME=value` the names. */
function listed(node: unknown): readonly string[] {
  if (!isSeq(node)) return [];
  return node.items.flatMap((item) => (isScalar(item) ? [String(item.value).replace(/=[\s\S]*/, "")] : []));
}

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

const namesFiles = /^(?:file|path|env_file|include|label_file|project_directory)$/;

function outsideFiles(document: Document): readonly string[] {
  const found = new Set<string>();
  const add = (node: unknown): void => {
    if (isScalar(node) && /^(?:~|\/|\.\.\/)/.test(String(node.value))) found.add(String(node.value));
    else if (isSeq(node)) node.items.forEach(add);
  };
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (isScalar(key) && namesFiles.test(String(key.value))) add(value);
    },
  });
  return [...found];
}
