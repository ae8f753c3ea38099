import { diagnosticCodes, type DiagnosticCode } from "../core/diagnostic-codes.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import { blocks, lines, plural } from "./text/section.ts";
import { formatSourceLine } from "./text/source-line.ts";
import { paint, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

/** A file, what is wrong with it, and its text where that is known: source lines are quoted from it. */
export interface DiagnosedFile {
  readonly file: string;
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Beyond these, more of the same tell nobody more; the tally still counts them. */
const MAX_SHOWN = 25;

/** Everything that is wrong with a file, in the order of its lines, and how much it is. */
export function formatDiagnostics({ file, text, diagnostics }: DiagnosedFile, style: Style): string {
  if (diagnostics.length === 0) return "";
  const shown = diagnostics.toSorted(byPosition).slice(0, MAX_SHOWN);
  const more = diagnostics.length - shown.length;
  return blocks(
    ...shown.map((diagnostic) => formatDiagnostic(file, text, diagnostic, style)),
    more === 0 ? undefined : `... and ${more} more`,
    `${tally(diagnostics)} in ${escapeLine(file)}`,
  );
}

/** The same as part of an error's message: plain, because that is formatted as a whole, and narrower. */
export function diagnosticsInError(file: DiagnosedFile, style: Style): string {
  return formatDiagnostics(file, { ...style, colour: false, width: style.width - "error: ".length });
}

function formatDiagnostic(
  file: string,
  text: string | undefined,
  { code, message, help, position, path, severity = "error" }: Diagnostic,
  style: Style,
): string {
  const colour = severity === "error" ? "red" : "yellow";
  const label = `${severity}[${code}]:`;
  const title = hang(`${paint(style, ["bold", colour], label)} `, escapeText(message), style.width, {
    leadWidth: label.length + 1,
    look: (line) => paint(style, "bold", line),
  });
  const gutter = position === undefined ? 1 : String(position.line).length;
  const margin = " ".repeat(gutter);
  const place = position === undefined ? "" : `:${position.line}:${position.column}`;
  // Without a place in the file, the path in the document is all there is to go by.
  const inside = position === undefined && path !== "" ? ` (${escapeLine(path)})` : "";
  const source =
    text === undefined || position === undefined ? undefined : text.split("\n")[position.line - 1];
  return lines(
    title,
    `${margin}${paint(style, "blue", "-->")} ${escapeLine(file)}${place}${inside}`,
    source === undefined || position === undefined
      ? undefined
      : formatSourceLine(source, position, colour, style),
    hang(
      `${margin} ${paint(style, "blue", "=")} ${paint(style, "bold", "help:")} `,
      escapeText(help ?? diagnosticCodes[code].help),
      style.width,
      { leadWidth: gutter + 9 },
    ),
  );
}

/** `2 errors, 1 warning`. */
export function tally(diagnostics: readonly Diagnostic[]): string {
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  const errors = diagnostics.length - warnings;
  return [
    ...(errors > 0 || warnings === 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ].join(", ");
}

export function isRefused(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity !== "warning");
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  const line = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  return line === 0 ? (a.position?.column ?? 0) - (b.position?.column ?? 0) : line;
}

/** What `repair lint --json` prints: one entry a file, in the order of the command line. */
export interface DiagnosticsJson {
  /** Whether no file is refused. */
  readonly ok: boolean;
  readonly files: readonly {
    readonly file: string;
    readonly ok: boolean;
    readonly diagnostics: readonly {
      readonly code: DiagnosticCode;
      readonly severity: "error" | "warning";
      /** What the code means, the same for all of it. */
      readonly title: string;
      readonly message: string;
      readonly help: string;
      /** In the document, such as `steps.0.args`; empty for the whole of it. */
      readonly path: string;
      /** From 1; null when it has no place in the file. */
      readonly line: number | null;
      readonly column: number | null;
    }[];
  }[];
}

export function diagnosticsJson(files: readonly DiagnosedFile[]): DiagnosticsJson {
  return {
    ok: files.every(({ diagnostics }) => !isRefused(diagnostics)),
    files: files.map(({ file, diagnostics }) => ({
      file,
      ok: !isRefused(diagnostics),
      diagnostics: diagnostics.toSorted(byPosition).map((diagnostic) => ({
        code: diagnostic.code,
        severity: diagnostic.severity ?? "error",
        title: diagnosticCodes[diagnostic.code].title,
        message: diagnostic.message,
        help: diagnostic.help ?? diagnosticCodes[diagnostic.code].help,
        path: diagnostic.path,
        line: diagnostic.position?.line ?? null,
        column: diagnostic.position?.column ?? null,
      })),
    })),
  };
}
