import { needsApproval } from "../core/effect.ts";
import type { Plan, Step } from "../core/plan.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import type { FactLookup } from "./text/format-fact.ts";
import { formatFindings, primaryFinding } from "./format-findings.ts";
import { formatSteps } from "./format-steps.ts";
import { plannerLines } from "./text/planner-lines.ts";
import { blocks, dirFlag, formatNext, lines, MARGIN, plural, section } from "./text/section.ts";
import { shellWord } from "../core/text/shell-word.ts";
import { SHELL_TITLE, shellVariablesText } from "./text/shell-variables.ts";
import { paint, symbolsOf, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

export const healthWords: Readonly<Record<string, string>> = {
  backend_ready: "the backend is ready",
  data_readable: "the backend reads what it stores",
  grafana_healthy: "Grafana is healthy",
  config_ui_reaches_backend: "config-ui reaches the backend",
  services_steady: "what DevLake needs runs and stays up",
};

export interface PlanOptions {
  /** Values of the evidence; a plan file alone holds only the ids. */
  readonly lookup?: FactLookup | undefined;
  /** Where the plan file is, as the person would type it. */
  readonly path?: string | undefined;
  /** `--dir` for the command that applies it; the directory that the plan was made for when left out. */
  readonly directory?: string | undefined;
  /** The steps are about to be asked for: no previews of those, and no command to apply the plan. */
  readonly askedNext?: boolean | undefined;
  /** Commands to offer at the end; the one that applies the plan when left out. */
  readonly commands?: readonly string[] | undefined;
}

/** A whole plan, cause first, then evidence, change, and the exact next command last. */
export function formatPlan(plan: Plan, style: Style, options: PlanOptions = {}): string {
  const inner = { ...style, width: style.width - MARGIN };
  const primary = primaryFinding(plan.findings);
  const findings = formatFindings(plan.findings, inner, {
    lookup: options.lookup,
    headlined: plan.outcome === "healthy" ? undefined : primary?.id,
  });
  return blocks(
    lines(headline(plan, style), tally(plan, style), fileLine(plan, style, options.path)),
    section(plan.findings.length === 1 ? "Finding" : "Findings", findings, style),
    section("Steps", formatSteps(plan.steps, inner, { askedNext: options.askedNext === true }), style),
    plan.steps.length === 0 ? undefined : section("Then it is checked that", checks(plan, inner), style),
    section(SHELL_TITLE, hang("", escapeLine(shellVariablesText(plan)), inner.width), style),
    plan.outcome === "repair"
      ? section("If nothing is done", hang("", escapeText(plan.summary.ifNothingIsDone), inner.width), style)
      : undefined,
    section("Rejected", rejected(plan, inner), style),
    section("Planner", planner(plan, inner), style),
    formatNext(
      plan.nextSteps,
      options.commands ?? (options.askedNext === true ? [] : applyCommand(plan, options)),
      style,
    ),
  );
}

/** The outcome and its cause. */
function headline(plan: Plan, style: Style): string {
  const { ok, bad, warn } = symbolsOf(style);
  const primary = primaryFinding(plan.findings);
  const cause = primary === undefined ? "the cause is not known" : escapeLine(primary.summary);
  const others = plan.findings.length > 1 ? ` (and ${plural(plan.findings.length - 1, "more finding")})` : "";
  const [mark, colour, text] = {
    healthy: [ok, "green", "Healthy: nothing to do"] as const,
    escalate: [bad, "red", `No safe repair: ${cause}${others}`] as const,
    repair:
      primary?.severity === "blocking"
        ? ([bad, "red", `Repairable: ${cause}${others}`] as const)
        : ([warn, "yellow", `Repairable: ${cause}${others}`] as const),
  }[plan.outcome];
  return hang(`${paint(style, colour, mark)} `, text, style.width, {
    leadWidth: 2,
    look: (line) => paint(style, "bold", line),
  });
}

function tally(plan: Plan, style: Style): string | undefined {
  if (plan.outcome !== "repair") return undefined;
  const { steps, needApproval, irreversible, downtime } = plan.summary;
  const text = [
    plural(steps, "step"),
    needApproval === 0
      ? "no approval needed"
      : `${needApproval} ${needApproval === 1 ? "needs" : "need"} your approval`,
    irreversible === 0 ? lasting(plan.steps) : `${irreversible} irreversible`,
    `downtime ${escapeLine(downtime)}`,
  ].join(", ");
  return hang("  ", text, style.width);
}

/** Containers that a step removes do not come back; compose makes them anew. */
function lasting(steps: readonly Step[]): string {
  return steps.some(({ effect, reversible }) => needsApproval(effect) && reversible === "not-needed")
    ? "what is removed is made anew"
    : "nothing irreversible";
}

function checks(plan: Plan, style: Style): string {
  return hang("", plan.verify.map((check) => healthWords[check]).join(", "), style.width);
}

function rejected(plan: Plan, style: Style): string {
  return plan.rejected
    .map(({ tool, why }) => hang("", `${escapeLine(tool)}: ${escapeText(why)}`, style.width))
    .join("\n");
}

/** A model's part in the plan; nothing where none was asked. */
function planner({ metadata }: Plan, style: Style): string {
  return plannerLines(metadata.planner)
    .map(({ label, text }) => {
      const lead = `${label.padEnd(9)} `;
      return hang(paint(style, "dim", lead), escapeLine(text), style.width, { leadWidth: lead.length });
    })
    .join("\n");
}

function applyCommand(plan: Plan, { path, directory }: PlanOptions): readonly string[] {
  if (path === undefined || plan.outcome !== "repair") return [];
  return [
    `gh devlake repair --apply ${shellWord(path)}${dirFlag(directory ?? plan.metadata.target.directory)}`,
  ];
}

/** Where the plan is and, when there is something to apply, until when it may be. */
function fileLine(plan: Plan, style: Style, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const until = plan.metadata.validUntil.replace(/:\d\d(?:\.\d+)?Z$/, " UTC").replace("T", " ");
  const text = `plan ${escapeLine(path)}` + (plan.outcome === "repair" ? `\nvalid until ${until}` : "");
  return hang("  ", text, style.width, { look: (line) => paint(style, "dim", line) });
}
