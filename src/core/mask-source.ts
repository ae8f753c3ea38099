import { isMap, isScalar, parseDocument, visit, type Scalar } from "yaml";
import { isSecretName, MASK, type Redact } from "./redact.ts";

/**
 * A Compose source or `.env` with every secret value masked and every line kept, so that a diff of
 * masked texts shows the same lines as a diff of the real ones.
 */
export function maskSource(text: string, role: "compose" | "env", redact: Redact): string {
  const masked = role === "env" ? maskLines(text, maskEnvLine) : maskLines(maskYaml(text), maskCommentLine);
  return maskLines(masked, redact);
}

function maskLines(text: string, mask: (line: string) => string): string {
  return text.split("\n").map(mask).join("\n");
}

/** In `.env` a value is kept only when it cannot be a secret. */
const harmlessValue =
  /^(?:\d{1,5}|true|false|https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?(?:\/[\w/-]*)?)$/i;

function maskEnvLine(line: string): string {
  const match = /^(\s*#?\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*)(["']?)(.*?)(\3)(\s*)$/.exec(line);
  if (match === null) return line;
  const [, head = "", name = "", quote = "", value = "", , tail = ""] = match;
  if (value === "" || (harmlessValue.test(value) && !isSecretName(name))) return line;
  return `${head}${quote}${MASK}${quote}${tail}`;
}

/** Something commented out, such as `# ADMIN_PASS: value`, may be a secret too. */
function maskCommentLine(line: string): string {
  const match = /^(.*#\s*(?:-\s*)?["']?([A-Za-z_]\w*)["']?\s*(?::\s+|=))\S.*$/.exec(line);
  return match !== null && isSecretName(match[2] ?? "") ? `${match[1] ?? ""}${MASK}` : line;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Masks `NAME: value` and `- NAME=value` where NAME is a secret's, wherever they stand in the YAML. */
function maskYaml(text: string): string {
  const document = parseDocument(text, { keepSourceTokens: true, logLevel: "silent" });
  const spans: Span[] = [];
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (isScalar(key) && isSecretName(String(key.value)) && isScalar(value))
        spans.push(...spanOf(value, 0));
    },
    Scalar: (key, node) => {
      if (key === "key" || typeof node.value !== "string") return;
      const assignment = /^([A-Za-z_]\w*)=/.exec(node.value);
      if (assignment !== null && isSecretName(assignment[1] ?? ""))
        spans.push(...spanOf(node, assignment[0].length));
    },
  });
  const contents = document.contents;
  if (document.errors.length > 0 || (contents !== null && !isMap(contents)))
    return maskLines(text, maskLooseLine);
  return spans
    .sort((a, b) => b.start - a.start)
    .reduce(
      (masked, { start, end }) =>
        masked.slice(0, start) + maskedValue(masked.slice(start, end)) + masked.slice(end),
      text,
    );
}

/** Where a scalar's own text stands, from `skip` characters on; a reference such as `${NAME}` is no value. */
function spanOf(node: Scalar, skip: number): readonly Span[] {
  if (node.range === null || node.range === undefined) return [];
  const value = (node.source ?? "").slice(skip);
  if (value === "" || /^\$\{?\w+\}?$/.test(value)) return [];
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
  return [{ start: node.range[0] + skip + quoted, end: node.range[1] - quoted }];
}

function maskedValue(raw: string): string {
  const [first = "", ...rest] = raw.split("\n");
  if (rest.length === 0) return MASK;
  // A block or folded scalar keeps its header, its lines and their indentation.
  const head = /^[|>]/.test(first) ? first : MASK;
  return [head, ...rest.map((line) => line.replace(/\S.*$/, MASK))].join("\n");
}

/** For a file that is not YAML: whatever looks like a secret's assignment. */
function maskLooseLine(line: string): string {
  const match = /^(\s*(?:-\s*)?["']?([A-Za-z_]\w*)["']?\s*(?::\s+|=))\S.*$/.exec(line);
  return match !== null && isSecretName(match[2] ?? "") ? `${match[1] ?? ""}${MASK}` : line;
}
