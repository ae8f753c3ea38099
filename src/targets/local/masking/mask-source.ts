import { CST, isMap, Lexer, parseDocument, visit } from "yaml";
import { aliasTargets } from "../compose-edit/alias-targets.ts";
import { scalarUses, strangeKeys } from "./compose-settings.ts";
import { maskComment } from "../../../core/masking/mask-comment.ts";
import { maskedLine, maskEnvText } from "../../../core/masking/mask-env.ts";
import { keepsAssignments, maskEnvByTokens } from "./mask-env-tokens.ts";
import { maskLoosely } from "./mask-loosely.ts";
import { maskedScalar, type Replacement } from "./mask-scalar.ts";
import { MASK, type Redact } from "../../../core/masking/redact.ts";

/**
 * A Compose source or `.env` with every secret value masked and every line, name, quote and line end kept, so that it is
 * read as the real one is, and a diff of masked texts shows the same lines as a diff of the real ones. What parsed as
 * YAML still does.
 */
export function maskSource(text: string, role: "compose" | "env", redact: Redact): string {
  if (role === "env") {
    const masked = maskLines(maskEnvComments(maskKeyBlocks(maskEnvText(text))), redact);
    return keepsAssignments(text, masked) ? masked : maskEnvByTokens(text, masked, redact);
  }
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
          : ({ kind: "key" } as const)
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
