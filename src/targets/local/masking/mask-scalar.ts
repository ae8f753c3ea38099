import type { Scalar } from "yaml";
import { composeKeys } from "../../../core/masking/setting-keys.ts";
import type { ScalarUse } from "./compose-settings.ts";
import { isHarmless } from "../../../core/masking/harmless-values.ts";
import { isUsualName, isVariableName, maskedLine } from "../../../core/masking/mask-env.ts";
import { isPortText, maskBetweenReferences, sameReferences } from "./mask-tokens.ts";
import { putReferencesBack, takeReferencesOut, wordOfReference } from "../../../core/masking/references.ts";
import { isSecretName, MASK, type Redact } from "../../../core/masking/redact.ts";
import { maskReference, maskSetting } from "../../../core/masking/setting-value.ts";

/** A piece of the text and what stands there afterwards. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly masked: string;
}

/** A reference such as `${NAME}` is no value; one with a default may be, and `$ecret` with a dollar sign not doubled. */
const reference = /^\$(?:\{\w+\}|[A-Z_][A-Z0-9_]*)$/;

/** What stands afterwards in place of a scalar that is not shown as it is: one scalar too, of the same style and lines. */
export function maskedScalar(
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
  if (raw.trim() === "" || (use?.kind === "port" && isPortText(raw))) return undefined;
  if (use?.kind === "key" && (composeKeys.has(raw) || isUsualName(raw))) return undefined;
  const shown = shownScalar(raw, node, use);
  if (shown === undefined) return { start, end, masked: maskedValue(raw, node) };
  // A short value is only known behind its name.
  const head = use?.kind === "setting" && !shown.includes("\n") ? `${use.name}=` : "";
  const whole = redact(head + shown);
  const masked = whole.startsWith(head) ? whole.slice(head.length) : MASK;
  if (masked === raw) return undefined;
  return { start, end, masked: isReadAlike(raw, masked, node) ? masked : maskedTokens(raw, node) };
}

/** Whether as many lines are left, no escape is cut in two, and the same variables are read. */
function isReadAlike(raw: string, masked: string, node: Scalar): boolean {
  const hasEscapes =
    (node.type === "QUOTE_DOUBLE" && raw.includes("\\")) ||
    (node.type === "QUOTE_SINGLE" && raw.includes("''"));
  return !hasEscapes && masked.split("\n").length === raw.split("\n").length && sameReferences(raw, masked);
}

/** A secret over several lines, such as a private key: every line is kept, none of its text. */
function maskedTokens(raw: string, node: Scalar): string {
  const isOneLine = !raw.includes("\n") && !isBlock(node) && !/\\|''/.test(raw);
  return (isOneLine ? maskBetweenReferences(raw) : undefined) ?? maskedValue(raw, node);
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
    case "port":
    case "key":
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
  return text.split("\n").map(maskedLine).join("\n");
}
