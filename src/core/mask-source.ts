import {
  CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  visit,
  type Document,
  type Scalar,
} from "yaml";
import { aliasTargets } from "./compose-edit/alias-targets.ts";
import { maskedLine, maskEnvText } from "./mask-env.ts";
import { isSecretName, MASK, type Redact } from "./redact.ts";

/**
 * A Compose source or `.env` with every secret value masked and every line kept, so that a diff of
 * masked texts shows the same lines as a diff of the real ones. What parsed as YAML still does.
 */
export function maskSource(text: string, role: "compose" | "env", redact: Redact): string {
  if (role === "env") return maskLines(maskKeyBlocks(maskEnvText(text)), redact);
  return maskYaml(text, redact) ?? maskLines(maskLoosely(maskKeyBlocks(text)), redact);
}

/** A private key is recognised by its first line alone. */
function maskKeyBlocks(text: string): string {
  return text.replaceAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [^\n]*|$)/g, (block) =>
    maskLines(block, maskedLine),
  );
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
 * Masks `NAME: value` and `- NAME=value` where NAME is a secret's, wherever they stand in the YAML, and
 * in each scalar and comment what the redactor finds. undefined when the text is not YAML.
 */
function maskYaml(text: string, redact: Redact): string | undefined {
  // uniqueKeys takes time in the square of a map's size.
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    return undefined;
  const secrets = secretScalars(document);
  const replacements: Replacement[] = [...maskedComments(text, redact)];
  visit(document, {
    Scalar: (key, node) => {
      const replacement = maskedScalar(text, node, key === "key" ? undefined : secrets.get(node), redact);
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

/** A word of a command: a client or server of MySQL, whose `-pVALUE` is a password. */
const mysqlProgram = /(?:^|\/)(?:mysql|mariadb)[\w-]*$/;

/**
 * The scalars that are a secret, by the name of their key or by the flag before them, with how many characters
 * at their beginning are none: those of `-p`.
 */
function secretScalars(document: Document): ReadonlyMap<Scalar, number> {
  const targets = aliasTargets(document);
  const resolved = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node);
  const secrets = new Map<Scalar, number>();
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (!isScalar(key) || !isSecretName(String(key.value))) return;
      // Compose's own `secrets:` lists names.
      const values = isSeq(value) && key.value !== "secrets" ? value.items : [value];
      for (const item of values.map(resolved)) if (isScalar(item)) secrets.set(item, 0);
    },
    Seq: (_key, { items }) => {
      let before = "";
      let isMysql = false;
      for (const item of items.map(resolved)) {
        const word = isScalar(item) ? String(item.value) : "";
        if (isScalar(item)) {
          if (isSecretFlag(before) && !word.startsWith("--")) secrets.set(item, 0);
          else if (isMysql && /^-p./s.test(word) && !secrets.has(item)) secrets.set(item, 2);
        }
        before = word;
        isMysql ||= mysqlProgram.test(word);
      }
    },
  });
  return secrets;
}

/** `--password`, but not `--password=value`. */
function isSecretFlag(word: string): boolean {
  const name = /^--?([A-Za-z][\w-]*)$/.exec(word)?.[1];
  return name !== undefined && isSecretName(name.replaceAll("-", "_"));
}

/** A reference such as `${NAME}` is no value; one with a default may be. */
const reference = /^\$(?:\{\w+\}|\w+)$/;

/** `kept` is how many characters stay of a scalar that is a secret. */
function maskedScalar(
  text: string,
  node: Scalar,
  kept: number | undefined,
  redact: Redact,
): Replacement | undefined {
  if (node.range === null || node.range === undefined) return undefined;
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
  const start = node.range[0] + quoted + (kept ?? 0);
  const end = node.range[1] - quoted;
  const raw = text.slice(start, end);
  if (raw.trim() === "") return undefined;
  if (kept !== undefined)
    return reference.test(raw) ? undefined : { start, end, masked: maskedValue(raw, node) };
  const assignment = isBlock(node) ? null : /^([A-Za-z_]\w*)=(?=\S)/.exec(raw);
  if (assignment !== null && isSecretName(assignment[1] ?? "")) {
    const value = raw.slice(assignment[0].length);
    if (reference.test(value)) return undefined;
    return { start, end, masked: assignment[0] + maskedValue(value, node) };
  }
  const redacted = redact(maskFlagValues(raw));
  if (redacted === raw) return undefined;
  // A secret over several lines, such as a private key: every line is kept, none of its text.
  const lines = raw.split("\n").length;
  return { start, end, masked: redacted.split("\n").length === lines ? redacted : maskedValue(raw, node) };
}

/** `--password value` in one text, such as a command line. */
function maskFlagValues(raw: string): string {
  return raw.replaceAll(
    /((?<!\S)--?([A-Za-z][\w-]*)[ \t]{1,3})(?!-)("[^"\n]*"|'[^'\n]*'|\S+)/g,
    (whole, head: string, name: string, value: string) =>
      isSecretFlag(`-${name}`) && !reference.test(value) ? head + MASK : whole,
  );
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

/** Comments are found by the lexer, because a `#` inside a value begins none. */
function maskedComments(text: string, redact: Redact): readonly Replacement[] {
  const found: Replacement[] = [];
  let start = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    // Marks that the lexer adds stand for no text.
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    const end = start + lexeme.length;
    const masked = type === "comment" ? redact(maskAssignments(lexeme)) : lexeme;
    if (masked !== lexeme) found.push({ start, end, masked });
    start = end;
  }
  return found;
}

const namesWithValue = [
  /(?<!\w)([A-Za-z_]\w*)["']?(?::[ \t]+|=)(?=[^\s])/g,
  /(?<![\w-])--?([A-Za-z][\w-]*)["']?(?:[ \t]*,[ \t]*|[ \t]+)["']?(?=[^\s,-])/g,
];

/** From the first secret's assignment on, such as `# ADMIN_PASS: value`: where its value ends cannot be known. */
function maskAssignments(line: string): string {
  const starts = namesWithValue.flatMap((pattern) => {
    const found = line.matchAll(pattern).find(([, name = ""]) => isSecretName(name.replaceAll("-", "_")));
    return found === undefined ? [] : [found.index + found[0].length];
  });
  if (starts.length === 0) return line;
  const start = Math.min(...starts);
  return line.slice(0, start) + maskedLine(line.slice(start));
}

/** For a file that is not YAML: whatever looks like a secret's assignment, and what is indented below it. */
function maskLoosely(text: string): string {
  let below: number | undefined;
  return maskLines(text, (line) => {
    const indent = line.length - line.trimStart().length;
    // A list may stand as far left as its key.
    const isBelow = below !== undefined && (indent > below || (indent === below && /^\s*-\s/.test(line)));
    if (below !== undefined && (line.trim() === "" || isBelow)) return maskedLine(line);
    const masked = maskAssignments(line).replaceAll(/((?<![^\s,["'])-p)[^\s"',\]]+/g, `$1${MASK}`);
    const opensBlock = /^\s*(?:-\s+)?["']?([A-Za-z_]\w*)["']?:(?:\s|$)/.exec(line)?.[1];
    const flag = /^\s*-\s+["']?(--?[A-Za-z][\w-]*)["']?\s*$/.exec(line)?.[1];
    const opens = (opensBlock !== undefined && isSecretName(opensBlock)) || isSecretFlag(flag ?? "");
    below = masked !== line || opens ? indent : undefined;
    return masked;
  });
}
