import type { Finding, Severity } from "../core/finding.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import type { FactLookup } from "./text/format-fact.ts";
import { lines, titled } from "./text/section.ts";
import { paint, type Paint, type Style } from "./text/style.ts";
import { displayWidth, padToWidth } from "./text/text-width.ts";
import { hang } from "./text/wrap-text.ts";

const MARGIN = 3;
/** Fact ids longer than this stand alone, with the value on the line below. */
const LONGEST_ALIGNED_ID = 36;

const severityPaint = {
  blocking: "red",
  degraded: "yellow",
  info: "blue",
} as const satisfies Record<Severity, Paint>;

export interface FindingsOptions {
  /** Values of the evidence; without it only the ids are shown. */
  readonly lookup?: FactLookup | undefined;
  /** The finding whose summary stands in the headline already. */
  readonly headlined?: string | undefined;
}

/** All findings: class, severity, confidence; what is wrong; what proves it; what would refute it. */
export function formatFindings(
  findings: readonly Finding[],
  style: Style,
  options: FindingsOptions = {},
): string {
  return findings.map((finding) => formatFinding(finding, style, options)).join("\n\n");
}

function formatFinding(finding: Finding, style: Style, options: FindingsOptions): string {
  const margin = " ".repeat(MARGIN);
  const summary =
    finding.id === options.headlined
      ? undefined
      : hang(margin, escapeText(finding.summary), style.width, {
          look: (line) => paint(style, "bold", line),
        });
  const evidence = formatEvidence(finding.evidence, style, options.lookup);
  const refutedBy = hang(
    `${margin}${paint(style, "dim", "wrong if")} `,
    escapeText(finding.refutedBy),
    style.width,
    { leadWidth: MARGIN + 9 },
  );
  return lines(title(finding, style), summary, evidence, refutedBy);
}

function title(finding: Finding, style: Style): string {
  return titled(
    {
      lead: `${paint(style, "dim", finding.id)} `,
      leadWidth: finding.id.length + 1,
      text: finding.class,
      look: (line) => paint(style, severityPaint[finding.severity], line),
      aside: `${finding.severity}, ${Math.round(finding.confidence * 100)}% confidence`,
    },
    style,
  );
}

function formatEvidence(
  ids: readonly string[],
  style: Style,
  lookup: FactLookup | undefined,
): string | undefined {
  const margin = " ".repeat(MARGIN);
  if (lookup === undefined) {
    const names = ids.map(escapeLine).join(", ");
    return names === "" ? undefined : hang(`${margin}evidence `, names, style.width);
  }
  const aligned = ids.map(escapeLine).filter((id) => displayWidth(id) <= LONGEST_ALIGNED_ID);
  const column = Math.max(0, ...aligned.map(displayWidth));
  return lines(...ids.map((id) => formatFactLine(id, lookup(id), column, style)));
}

/** `id  value`, the value in a column where the id is short enough, else below it. */
function formatFactLine(id: string, value: string | undefined, column: number, style: Style): string {
  const margin = " ".repeat(MARGIN);
  const shown = escapeLine(id);
  const said = value === undefined ? "not in the facts" : escapeText(value);
  const width = displayWidth(shown);
  if (width <= column && MARGIN + column + 2 <= style.width / 2) {
    const lead = `${margin}${paint(style, "dim", padToWidth(shown, column))}  `;
    return hang(lead, said, style.width, { leadWidth: MARGIN + column + 2 });
  }
  return lines(
    hang(margin, shown, style.width, { look: (line) => paint(style, "dim", line) }),
    hang(`${margin}  `, said, style.width),
  );
}

const rank: Readonly<Record<Severity, number>> = { blocking: 0, degraded: 1, info: 2 };

/** The finding to put in a headline: the first of the worst severity. */
export function primaryFinding(findings: readonly Finding[]): Finding | undefined {
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity])[0];
}
