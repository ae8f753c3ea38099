import { CST, isMap, Lexer, parseDocument, visit, type Scalar } from "yaml";
import { aliasTargets } from "./compose-edit/alias-targets.ts";
import { scalarUses, strangeKeys, type ScalarUse } from "./compose-settings.ts";
import { isHarmless } from "./harmless-values.ts";
import { maskComment } from "./mask-comment.ts";
import { isVariableName, maskedLine, maskEnvText } from "./mask-env.ts";
import { maskLoosely } from "./mask-loosely.ts";
import { putReferencesBack, takeReferencesOut, wordOfReference } from "./references.ts";
import { isSecretName, MASK, type Redact } from "./redact.ts";
import { maskReference, maskSetting } from "./setting-value.ts";

/**
 * A Compose source or `.env` with every secret value masked and every line kept, so that a diff of
 * masked texts shows the same lines as a diff of the real ones. What parsed as YAML still does.
 */
export function maskSource(text: string, role: "compose" | "env", redact: Redact): string {
  if (role === "env") return maskLines(maskEnvComments(maskKeyBlocks(maskEnvText(text))), redact);
  return maskYaml(text, redact) ?? maskLines(maskLoosely(maskKeyBlocks(text)), redact);
}

/** A private key is recognised by its first line alone. */
function maskKeyBlocks(text: string): string {
  return text.replaceAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [^\n]*|$)/g, (block) =>
    maskLines(block, maskedLine),
  );
}

function maskEnvComments(text: string): string {
  return maskLines(text, (line) => (/^\s*#/.test(line) ? maskComment(line) : line));
}

function maskLines(text: string, mask: (line: string) => string): string {
  return text.split("\n").map(mask).join("\n");
}

/** A piece of the text and what stands there afterwards. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly masked: string;
}

/**
 * Masks settings, secrets by their names, comments, and in each other scalar what the redactor finds. undefined
 * when the text is not YAML.
 */
function maskYaml(text: string, redact: Redact): string | undefined {
  // uniqueKeys takes time in the square of a map's size.
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    return undefined;
  const uses = scalarUses(document);
  const strange = new Set(strangeKeys(document));
  const replacements: Replacement[] = [...maskedComments(text, redact)];
  const targets = aliasTargets(document);
  visit(document, {
    Alias: (_key, node) => {
      // Meant as a value: `PASSWORD: *VALUE`.
      if (!targets.has(node) && node.range)
        replacements.push({ start: node.range[0] + 1, end: node.range[1], masked: MASK });
    },
    Scalar: (key, node) => {
      const isKey = key === "key";
      const use = isKey
        ? strange.has(node)
          ? ({ kind: "secret", kept: 0 } as const)
          : undefined
        : uses.get(node);
      const replacement = maskedScalar(text, node, use, redact);
      if (replacement !== undefined) replacements.push(replacement);
    },
  });
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, masked } of replacements.sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, start), masked);
    at = end;
  }
  return parts.join("") + text.slice(at);
}

/** A reference such as `${NAME}` is no value; one with a default may be, and `$ecret` with a dollar sign not doubled. */
const reference = /^\$(?:\{\w+\}|[A-Z_][A-Z0-9_]*)$/;

function maskedScalar(
  text: string,
  node: Scalar,
  use: ScalarUse | undefined,
  redact: Redact,
): Replacement | undefined {
  if (node.range === null || node.range === undefined) return undefined;
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
  const start = node.range[0] + quoted + (use?.kind === "secret" ? use.kept : 0);
  const end = node.range[1] - quoted;
  const raw = text.slice(start, end);
  if (raw.trim() === "") return undefined;
  const shown = shownScalar(raw, node, use);
  if (shown === undefined) return { start, end, masked: maskedValue(raw, node) };
  // A short value is only known behind its name.
  const head = use?.kind === "setting" && !shown.includes("\n") ? `${use.name}=` : "";
  const whole = redact(head + shown);
  const masked = whole.startsWith(head) ? whole.slice(head.length) : MASK;
  if (masked === raw) return undefined;
  // A secret over several lines, such as a private key: every line is kept, none of its text.
  const lines = raw.split("\n").length;
  return { start, end, masked: masked.split("\n").length === lines ? masked : maskedValue(raw, node) };
}

/** undefined: nothing of it may be seen. */
function shownScalar(raw: string, node: Scalar, use: ScalarUse | undefined): string | undefined {
  switch (use?.kind) {
    case "secret":
      return reference.test(raw) ? raw : undefined;
    case "setting":
      return shownSetting(use.name, raw, node);
    case "assignment": {
      const [, name = "", value = ""] = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(raw) ?? [];
      if (name === "") return isVariableName(raw) || reference.test(raw) ? raw : undefined;
      const shown =
        value === "" || isBlock(node) ? (value === "" ? "" : undefined) : shownSetting(name, value, node);
      return shown === undefined
        ? isBlock(node)
          ? undefined
          : `${name}=${maskedLines(value)}`
        : `${name}=${shown}`;
    }
    case undefined:
      return shownText(raw, node);
  }
}

/** Escapes and line breaks make of a value another one than it looks like. */
function shownSetting(name: string, raw: string, node: Scalar): string | undefined {
  if (isBlock(node) || raw.includes("\n")) return undefined;
  const isPlain =
    !(node.type === "QUOTE_DOUBLE" && raw.includes("\\")) &&
    !(node.type === "QUOTE_SINGLE" && raw.includes("''"));
  if (!isPlain) return undefined;
  const { shown } = maskSetting(name, raw);
  return shown === MASK ? undefined : shown;
}

/** A part of the model: `NAME=value` where the name is a secret's, and what references say beside a name. */
function shownText(raw: string, node: Scalar): string | undefined {
  const assignment = isBlock(node) ? null : /^([A-Za-z_][\w.-]*)=(?=\S)/.exec(raw);
  const name = assignment?.[1] ?? "";
  if (assignment !== null && isSecretName(name)) {
    const value = raw.slice(assignment[0].length);
    if (!reference.test(value) && !isHarmless(name, value)) return assignment[0] + maskedLines(value);
  }
  const taken = raw.includes("${") ? takeReferencesOut(raw) : undefined;
  if (taken === undefined) return raw;
  const references = taken.references.map((one) => {
    const parts = wordOfReference(one);
    const isShown = parts === undefined || (!parts.operator.endsWith("?") && !isSecretName(parts.name));
    return isShown ? one : maskReference(parts.name, one, []);
  });
  return putReferencesBack(taken.text, references);
}

function isBlock(node: Scalar): boolean {
  return node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
}

/** A block or folded scalar keeps its header; all keep their lines and the indentation of each. */
function maskedValue(raw: string, node: Scalar): string {
  const [first = "", ...rest] = raw.split("\n");
  const head = isBlock(node) ? first : maskedLine(first);
  return [head, ...rest.map(maskedLine)].join("\n");
}

function maskedLines(text: string): string {
  return maskLines(text, maskedLine);
}

/** Comments are found by the lexer, because a `#` inside a value begins none. */
function maskedComments(text: string, redact: Redact): readonly Replacement[] {
  const found: Replacement[] = [];
  let start = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    // Marks that the lexer adds stand for no text.
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    const end = start + lexeme.length;
    const masked = type === "comment" ? redact(maskComment(lexeme)) : lexeme;
    if (masked !== lexeme) found.push({ start, end, masked });
    start = end;
  }
  return found;
}
