export type { Diagnostic, Position } from "../../core/diagnostic.ts";
