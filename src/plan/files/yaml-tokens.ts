import { CST, Lexer } from "yaml";
import { unitEscapes, unsafeCharacters } from "../../core/text/unsafe-characters.ts";
import type { Diagnostic, Position } from "./diagnostics.ts";

/** A file of ours has a few thousand tokens; parsing many more costs time out of proportion. */
const MAX_TOKENS = 10_240;
const MAX_DEPTH = 64;
const MAX_FOUND = 20;

const forbidden: Readonly<Record<string, string>> = {
  alias: "aliases are not allowed here",
  anchor: "anchors are not allowed here",
  tag: "tags are not allowed here",
  "directive-line": "YAML directives are not allowed here",
  "doc-end": "the end of a document needs no mark",
};

/**
 * Hazards that show before anything is parsed: what our files never hold, and more of it than a parser
 * could take in time. Reads no further than it must.
 */
export function tokenHazards(text: string): readonly Diagnostic[] {
  const hidden = hiddenCharacters(text);
  if (hidden.length > 0) return hidden;
  const found: Diagnostic[] = [];
  let offset = 0;
  let tokens = 0;
  let flowDepth = 0;
  let inLine = 0;
  const add = (message: string, help: string, code: "P0102" | "P0103" = "P0103"): void => {
    found.push({ code, message, help, position: positionIn(text, offset), path: "" });
  };
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    // Marks that the lexer adds stand for no text.
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    const reason = forbidden[type ?? ""];
    if (reason !== undefined) add(reason, "write plain values only");
    if (type === "flow-map-start" || type === "flow-seq-start") flowDepth++;
    if (type === "flow-map-end" || type === "flow-seq-end") flowDepth--;
    if (type === "newline") inLine = 0;
    if (type === "seq-item-ind" || type === "explicit-key-ind") inLine++;
    if (flowDepth < 0) add("this bracket closes nothing", "correct the YAML at this place", "P0102");
    const isDeep = flowDepth > MAX_DEPTH || inLine > MAX_DEPTH;
    if (isDeep) add(`nested more than ${MAX_DEPTH} deep`, "no file of this kind is", "P0102");
    if (++tokens > MAX_TOKENS)
      add(`more than ${MAX_TOKENS} YAML tokens`, "no file of this kind has so many", "P0102");
    if (isDeep || flowDepth < 0 || tokens > MAX_TOKENS || found.length >= MAX_FOUND) break;
    offset += lexeme.length;
  }
  return found;
}

/**
 * Characters that people do not see, or see elsewhere than they stand: a reviewer and the program would read two
 * files. A lone carriage return is among them: YAML breaks the line there (1.2.2, section 5.4), the parser does not.
 */
function hiddenCharacters(text: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { 0: character, index } of text.matchAll(unsafeCharacters)) {
    const isLayout =
      character === "\n" ||
      character === "\t" ||
      (character === "\r" && text[index + 1] === "\n") ||
      (character === "\ufeff" && index === 0);
    if (isLayout) continue;
    const code = character.codePointAt(0) ?? 0;
    found.push({
      code: "P0102",
      message: `the hidden character U+${code.toString(16).toUpperCase().padStart(4, "0")} is not allowed here`,
      help: `delete it, or write it as an escape in double quotes, "${unitEscapes(character)}"`,
      position: positionIn(text, index),
      path: "",
    });
    if (found.length >= MAX_FOUND) break;
  }
  return found;
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
