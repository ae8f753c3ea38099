import { needsApproval, type Effect, type Reversible } from "../core/effect.ts";
import type { Step } from "../core/plan.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import { formatDiff, isDiff } from "./format-diff.ts";
import { formatValue } from "./text/format-fact.ts";
import { lines, MARGIN, titled } from "./text/section.ts";
import { paint, type Paint, type Style } from "./text/style.ts";
import { hang, indent } from "./text/wrap-text.ts";

const effectWords = {
  read: "read only, runs without asking",
  safe: "safe (can be repeated), runs without asking",
  mutating: "mutating, asks first",
  destructive: "destructive, asks for its name",
} as const satisfies Record<Effect, string>;

const effectPaint = {
  read: "dim",
  safe: "dim",
  mutating: "yellow",
  destructive: "red",
} as const satisfies Record<Effect, Paint>;

const reversibleWords = {
  full: "can be undone in full",
  none: "cannot be undone",
  "not-needed": undefined,
} as const satisfies Record<Reversible, string | undefined>;

/** `mutating, asks first, can be undone in full`. */
export function effectText(step: Pick<Step, "effect" | "reversible">): string {
  const removes = needsApproval(step.effect) && step.reversible === "not-needed";
  const undo = removes ? "what it removes is made anew, not put back" : reversibleWords[step.reversible];
  return [effectWords[step.effect], ...(undo === undefined ? [] : [undo])].join(", ");
}

/** The steps in order, each with its effect, its reason and the change it makes. */
export function formatSteps(
  steps: readonly Step[],
  style: Style,
  options: { readonly askedNext?: boolean } = {},
): string {
  // A change that is about to be asked for is shown with the question, not twice.
  const isShown = (step: Step): boolean => options.askedNext !== true || !needsApproval(step.effect);
  return steps.map((step) => formatStep(step, style, isShown(step))).join("\n\n");
}

function formatStep(step: Step, style: Style, withPreview: boolean): string {
  const margin = " ".repeat(MARGIN);
  const labelled = (label: string, text: string): string =>
    hang(`${margin}${paint(style, "dim", label)} `, text, style.width, { leadWidth: MARGIN + 5 });
  const args = Object.entries(step.args).map(([name, value]) => `${escapeLine(name)} ${formatValue(value)}`);
  const title = {
    lead: `${paint(style, "dim", step.id)} `,
    leadWidth: step.id.length + 1,
    text: escapeLine(step.tool),
    look: (line: string) => paint(style, "bold", line),
    aside: step.fixes.length === 0 ? "" : escapeLine(`fixes ${step.fixes.join(", ")}`),
  };
  return lines(
    titled(title, style),
    hang(margin, effectText(step), style.width, {
      look: (line) => paint(style, effectPaint[step.effect], line),
    }),
    args.length === 0 ? undefined : labelled("with", args.join("; ")),
    labelled("why ", escapeText(step.why)),
    !withPreview || step.preview.trim() === "" ? undefined : `\n${formatPreview(step.preview, style)}`,
  );
}

/** What a step will change: a diff in colours, or its actions as they are, moved in. */
function formatPreview(preview: string, style: Style): string {
  const width = style.width - MARGIN;
  const text = isDiff(preview)
    ? formatDiff(preview, style, { width })
    : escapeText(preview.trimEnd())
        .split("\n")
        .map((line) => hang("", line, width))
        .join("\n");
  return indent(text, MARGIN);
}
