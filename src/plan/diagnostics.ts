import type { Diagnostic } from "../core/diagnostic.ts";

export type { Diagnostic, Position } from "../core/diagnostic.ts";

export function formatDiagnostic(file: string, { code, message, help, position, path }: Diagnostic): string {
  const where = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  const inside = path === "" ? "" : ` (${path})`;
  return `error[${code}]: ${message}\n  --> ${where}${inside}${help === undefined ? "" : `\n  help: ${help}`}`;
}
