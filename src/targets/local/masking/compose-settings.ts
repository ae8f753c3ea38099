import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type Scalar,
} from "yaml";
import { aliasTargets, isMergeKey } from "../compose-edit/alias-targets.ts";
import { composeKeys } from "../../../core/masking/setting-keys.ts";
import { embeddedSecrets } from "../../../core/masking/embedded-secrets.ts";
import { isHarmless } from "../../../core/masking/harmless-values.ts";
import type { Setting } from "../../../core/masking/known-secrets.ts";
import { isRemark, secretWords } from "../../../core/masking/mask-comment.ts";
import { isSecretFlag } from "./mask-loosely.ts";
import { secretsOfOptions } from "../../../core/masking/option-secrets.ts";
import { isSecretName } from "../../../core/masking/secret-names.ts";

/** What a scalar of a Compose file is, beside a part of the model that may be seen. */
export type ScalarUse =
  /** Nothing of it is shown but its first `kept` characters. */
  | { readonly kind: "secret"; readonly kept: number }
  /** The value of a setting. */
  | { readonly kind: "setting"; readonly name: string }
  /** `NAME=value` in a list of settings. */
  | { readonly kind: "assignment" }
  /** What a service publishes. */
  | { readonly kind: "port" }
  /** The name of a setting, a service and the like. */
  | { readonly kind: "key" };

/** Where settings stand: `environment` and `args` as maps or lists; extensions hold whatever somebody thought of. */
type Place = "root" | "names" | "model" | "settings" | "extension";

/** Keys below which stand settings: of the service, its build, drivers and whoever reads labels. */
const settingKeys = new Set(["environment", "args", "labels", "annotations", "driver_opts"]);

/** A word of a command: a client or server of MySQL, whose `-pVALUE` is a password. */
const mysqlProgram = /(?:^|\/)(?:mysql|mariadb)[\w-]*$/;

/** The scalars of a Compose file that are settings or secrets, by where they stand, their names, or flags before them. */
export function scalarUses(document: Document): ReadonlyMap<Scalar, ScalarUse> {
  const targets = aliasTargets(document);
  const resolved = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node);
  const uses = new Map<Scalar, ScalarUse>();
  const seen = new Map<unknown, Set<Place>>();

  const walk = (node: unknown, place: Place, name: string): void => {
    const places = seen.get(node) ?? new Set();
    if (places.has(place)) return;
    seen.set(node, places.add(place));
    if (isMap(node)) for (const pair of node.items) walkPair(pair, place, name);
    else if (isSeq(node)) for (const item of node.items) walk(resolved(item), place, name);
    else if (isScalar(node) && (place === "settings" || place === "extension")) {
      const isAssignment = typeof node.value === "string" && /^[A-Za-z_][\w.-]*=/.test(node.value);
      if (isAssignment && !isPairValue.has(node)) uses.set(node, { kind: "assignment" });
      else if (isPairValue.has(node) || place === "extension") uses.set(node, { kind: "setting", name });
      else uses.set(node, { kind: "assignment" });
    }
  };
  const hideAll = (node: unknown): void => {
    if (isScalar(node)) uses.set(node, { kind: "secret", kept: 0 });
    else if (isSeq(node)) node.items.forEach(hideAll);
  };
  const markPorts = (node: unknown): void => {
    for (const item of isSeq(node) ? node.items.map(resolved) : []) {
      const values = isMap(item)
        ? item.items.flatMap(({ key, value }) =>
            isScalar(key) && /^(?:published|target)$/.test(String(key.value)) ? [resolved(value)] : [],
          )
        : [item];
      for (const value of values) if (isScalar(value)) ports.add(value);
    }
  };
  const ports = new Set<Scalar>();
  const isPairValue = new Set<unknown>();
  const walkPair = ({ key, value }: Pair, place: Place, above: string): void => {
    const target = resolved(value);
    const name = isScalar(key) ? String(key.value) : "";
    if (name === "<<" || isMergeKey(key)) return walk(target, place, above);
    if (isScalar(target)) isPairValue.add(target);
    if (place === "settings") return walk(target, "settings", name);
    if (name.startsWith("x-")) return walk(target, "extension", name);
    if (place === "model" && name === "ports") return markPorts(target);
    if (name === "content" && isScalar(target)) uses.set(target, { kind: "secret", kept: 0 });
    if (place !== "names" && (settingKeys.has(name) || (name === "options" && above === "logging"))) {
      if (isScalar(target)) uses.set(target, { kind: "secret", kept: 0 });
      return walk(target, "settings", name);
    }
    if (place === "root" && name === "services" && !isMap(target)) hideAll(target);
    // There `environment` names a variable.
    if (place === "names" || (place === "root" && name === "secrets")) return walk(target, "names", name);
    walk(target, place === "extension" && !composeKeys.has(name) ? "extension" : "model", name);
  };

  walk(document.contents, "root", "");
  for (const port of ports) uses.set(port, { kind: "port" });
  for (const [scalar, use] of secretScalars(document, resolved)) uses.set(scalar, use);
  return uses;
}

/** By the name of their key or by the flag before them. */
function secretScalars(
  document: Document,
  resolved: (node: unknown) => unknown,
): ReadonlyMap<Scalar, ScalarUse> {
  const secrets = new Map<Scalar, ScalarUse>();
  const secret = { kind: "secret", kept: 0 } as const;
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (!isScalar(key)) return;
      const name = String(key.value);
      if (composeKeys.has(name) || !isSecretName(name)) return;
      for (const item of (isSeq(value) ? value.items : [value]).map(resolved))
        if (isScalar(item) && !isHarmless(name, String(item.value))) secrets.set(item, secret);
    },
    Seq: (_key, { items }) => {
      let before = "";
      let isMysql = false;
      for (const item of items.map(resolved)) {
        const word = isScalar(item) ? String(item.value) : "";
        if (isScalar(item)) {
          if (isSecretFlag(before) && !word.startsWith("--")) secrets.set(item, secret);
          else if (isMysql && /^-p./s.test(word) && !secrets.has(item))
            secrets.set(item, { kind: "secret", kept: 2 });
        }
        before = word;
        isMysql ||= mysqlProgram.test(word);
      }
    },
  });
  return secrets;
}

/** Keys of the file and of its services that Compose does not know: they may be a value in the wrong place. */
export function strangeKeys(document: Document): readonly Scalar[] {
  const { contents } = document;
  if (!isMap(contents)) return [];
  const services = contents.items.find(({ key }) => isScalar(key) && key.value === "services")?.value;
  const maps = [contents, ...(isMap(services) ? services.items.map(({ value }) => value) : [])];
  return maps.flatMap((map) =>
    (isMap(map) ? map.items : []).flatMap(({ key }) => {
      if (!isScalar(key) || typeof key.value === "symbol") return [];
      const name = String(key.value);
      return composeKeys.has(name) || /^<<$|^x-|^[a-z][a-z_-]{0,19}$/.test(name) ? [] : [key];
    }),
  );
}

/** Names and values of all that a Compose file sets, or says is a secret; of a file that is not YAML by its lines. */
export function composeSettings(text: string): readonly Setting[] {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false });
  const found: Setting[] = [
    ...commentedOut(text),
    ...embeddedSecrets(text).map((value): Setting => ["SECRET", value]),
  ];
  if (document.errors.length > 0 || !isMap(document.contents)) return [...found, ...settingsByLine(text)];
  // The words of a command in a list, as if they stood in one line.
  visit(document, {
    Seq: (_key, { items }) => {
      const words = items.map((item) => (isScalar(item) ? String(item.value) : ""));
      found.push(...secretsOfOptions(words.join(" ")).map((value): Setting => ["SECRET", value]));
    },
  });
  for (const key of strangeKeys(document)) found.push(["SECRET", String(key.value)]);
  for (const [scalar, use] of scalarUses(document)) {
    const value = String(scalar.value);
    const assignment = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(value);
    if (use.kind === "secret") found.push(["SECRET", value.slice(use.kept)]);
    else if (use.kind === "setting") found.push([use.name, value]);
    else if (assignment !== null) found.push([assignment[1] ?? "", assignment[2] ?? ""]);
  }
  return found;
}

function settingsByLine(text: string): readonly Setting[] {
  return [
    ...text.matchAll(
      /^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_]\w*)["']?(?::[ \t]+|=)["']?([^\s"'][^\n"']*?)["']?[ \t\r]*$/gm,
    ),
  ].flatMap(([, name = "", value = ""]) =>
    composeKeys.has(name) || value.startsWith("$") ? [] : [[name, value] as const],
  );
}

const assigned =
  /^#+[ \t]*(?:-[ \t]+)?["']?(?:export )?([A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{3,})["']?(?::[ \t]+|=)["']?([^\s"'].*?)["']?[ \t\r]*$/;
const assignedInside = /(?<![\w-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=["']?([^\s"',;]{1,512})/g;
/** Longer ones nobody writes. */
const MAX_COMMENT = 4096;

/** What comments hold: `# NAME=value`, `# NAME: value` where NAME is one of a variable, and words that are none. */
export function commentedOut(text: string): Setting[] {
  return text.split("\n").flatMap((line) => {
    const at = line.startsWith("#") ? 0 : line.search(/\s#/) + 1;
    if (line[at] !== "#") return [];
    const comment = line.slice(at, at + MAX_COMMENT);
    const whole = assigned.exec(comment);
    const found = [...(whole === null ? [] : [whole]), ...comment.matchAll(assignedInside)];
    const settings = found.flatMap(([, name = "", value = ""]) =>
      isRemark(name) || /\s\S+\s/.test(value) ? [] : [[name, value] as const],
    );
    const words = secretWords(comment).filter((word) => word.length > 7);
    return [...settings, ...words.map((word): Setting => ["SECRET", word])];
  });
}
