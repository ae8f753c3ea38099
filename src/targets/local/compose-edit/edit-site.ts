import { pieceHolding, type Piece, type TracedText } from "../../../core/masking/interpolate.ts";
import type { ScalarText } from "./compose-file.ts";
import { homeOf, type Project } from "./project.ts";

/** A stretch of one file's text that may be replaced: offsets in the text before. */
export interface EditRange {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly from: string;
  /** The variable whose value this is, when it stands in a dotenv file. */
  readonly variable?: string | undefined;
}

export type EditSite =
  | { readonly kind: "editable"; readonly range: EditRange }
  | { readonly kind: "fixed"; readonly reason: string };

interface Stretch {
  readonly path: string;
  readonly written: ScalarText;
  readonly traced: TracedText;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the bytes that a stretch of interpolated text was written with: in the Compose file itself, in the default
 * of an unset variable, or in the value of a variable in `.env`.
 * `whole`: a variable must hold the stretch and nothing else, as a port must.
 */
export function editSiteOf(project: Project, stretch: Stretch, whole: boolean): EditSite {
  const { written, traced, start, end, path } = stretch;
  const piece = pieceHolding(traced, start, end);
  const from = traced.text.slice(start, end);
  if (piece === undefined) return fixed(`${from} is put together from several variables or parts`);
  if (piece.origin.kind === "variable")
    return variableSite(project, piece.origin.name, piece, stretch, whole);
  if (piece.origin.kind === "made") return fixed(`${from} is escaped`);
  if (!written.faithful) return fixed(`it is written with escapes or over several lines`);
  const offset = written.start + piece.origin.offset + (start - piece.at);
  return { kind: "editable", range: { path, start: offset, end: offset + from.length, from } };
}

function variableSite(
  project: Project,
  name: string,
  piece: Piece,
  { start, end, traced }: Stretch,
  whole: boolean,
): EditSite {
  const home = homeOf(project, name);
  if (home?.kind !== "env") {
    return fixed(
      `${name} is set in the process environment, which beats .env: unset it there or change it there`,
    );
  }
  const { file, assignment } = home;
  if (home.definitions > 1) {
    return fixed(`${name} is set ${home.definitions} times in ${file.path}: keep one of the lines`);
  }
  const exact = piece.at === start && piece.at + piece.text.length === end;
  if (!assignment.plain || (whole && !exact)) {
    return fixed(`the value of ${name} in ${file.path} is not a plain port number: change it there by hand`);
  }
  const offset = assignment.start + (start - piece.at);
  const from = traced.text.slice(start, end);
  return {
    kind: "editable",
    range: { path: file.path, start: offset, end: offset + from.length, from, variable: name },
  };
}

function fixed(reason: string): EditSite {
  return { kind: "fixed", reason };
}
