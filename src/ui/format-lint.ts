import { escapeLine } from "./text/escape.ts";
import { formatDiagnostics, isRefused, type DiagnosedFile } from "./format-diagnostics.ts";
import { blocks, lines, plural } from "./text/section.ts";
import { paint, symbolsOf, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

export interface LintOptions {
  /** Whether there are plans among the files; policies are compared with nothing. */
  readonly isAboutPlans: boolean;
  /** What the plans were compared with; undefined when only with the facts that they record. */
  readonly comparedWith: string | undefined;
}

/** What is wrong with each file, then which are sound, and how far that was checked. */
export function formatLint(
  files: readonly DiagnosedFile[],
  style: Style,
  { isAboutPlans, comparedWith }: LintOptions,
): string {
  const sound = files.filter(({ diagnostics }) => !isRefused(diagnostics));
  const refused = files.length - sound.length;
  const checked =
    comparedWith === undefined
      ? "proven with the facts in the plan; add --live or --facts FILE to compare with a deployment"
      : `compared with ${escapeLine(comparedWith)}`;
  return blocks(
    ...files.map((file) => formatDiagnostics(file, style)),
    lines(
      ...sound.map(
        ({ file }) => `${paint(style, "green", symbolsOf(style).ok)} ${escapeLine(file)} is sound`,
      ),
      sound.length === 0 || !isAboutPlans
        ? undefined
        : hang("  ", checked, style.width, { look: (line) => paint(style, "dim", line) }),
    ),
    files.length > 1 && refused > 0 ? `${refused} of ${plural(files.length, "file")} refused` : undefined,
  );
}
