import { needsApproval } from "../core/effect.ts";
import type { Finding } from "../core/finding.ts";
import type { Plan, Step } from "../core/plan.ts";
import { isDiff, withoutUniformCr } from "./format-diff.ts";
import { formatValue, recordedIn, type FactLookup } from "./text/format-fact.ts";
import { primaryFinding } from "./format-findings.ts";
import { formatFlowchart } from "./format-flowchart.ts";
import { healthWords } from "./format-plan.ts";
import { effectText } from "./format-steps.ts";
import { markdownCode, markdownFence, markdownProse, markdownText } from "./text/markdown-text.ts";
import { plannerLines } from "./text/planner-lines.ts";
import { blocks, dirFlag } from "./text/section.ts";
import { SHELL_TITLE, shellVariablesText } from "./text/shell-variables.ts";
import { shellWord } from "../core/text/shell-word.ts";

/** GitHub takes comments of 65,536 characters. */
const MAX_LENGTH = 65_000;

export interface MarkdownOptions {
  /** Where the plan file is, as the person would type it. */
  readonly path: string;
  /** sha256 of the file's bytes: what approvals name. */
  readonly digest: string;
}

/**
 * A plan as a comment on a pull request. Whatever comes out of the plan is shown as text: no mention,
 * link, image, HTML or diagram syntax in a name takes effect. Too long for a comment, it goes without
 * the previews, and where that is too long, without any text of the plan's, and says so.
 */
export function formatMarkdown(plan: Plan, options: MarkdownOptions): string {
  const whole = document(plan, options, true);
  if (whole.length <= MAX_LENGTH) return whole;
  const withoutPreviews = document(plan, options, false);
  return withoutPreviews.length <= MAX_LENGTH ? withoutPreviews : outline(plan, options);
}

function outline(plan: Plan, options: MarkdownOptions): string {
  const steps = plan.steps.map(
    (step) =>
      `- **${markdownText(step.id)}** ${markdownCode(step.tool)} version ${step.version}: ${effectText(step)}`,
  );
  return `${blocks(
    `## ${outcomeWords[plan.outcome]}`,
    `The texts of this plan are too long to be shown here: read ${markdownCode(options.path)} itself.`,
    summaryTable(plan, options),
    heading("Steps", steps.join("\n")),
    heading("Approvals needed", approvals(plan, options)),
  )}\n`;
}

const outcomeWords = { healthy: "Healthy", escalate: "No safe repair", repair: "Repair" } as const;

function document(plan: Plan, options: MarkdownOptions, withPreviews: boolean): string {
  const lookup = recordedIn(plan);
  return `${blocks(
    `## ${headline(plan)}`,
    summaryTable(plan, options),
    heading("Findings", plan.findings.map((each) => finding(each, lookup)).join("\n")),
    plan.steps.length === 0
      ? undefined
      : heading("From findings to steps", markdownFence(formatFlowchart(plan), "mermaid")),
    heading("Steps", plan.steps.map((step) => stepSection(step, withPreviews)).join("\n\n")),
    heading("Approvals needed", approvals(plan, options)),
    plan.steps.length === 0
      ? undefined
      : heading("Then it is checked that", plan.verify.map((check) => `- ${healthWords[check]}`).join("\n")),
    plan.outcome === "repair"
      ? heading("If nothing is done", markdownProse(plan.summary.ifNothingIsDone))
      : undefined,
    heading(
      "Rejected",
      plan.rejected.map(({ tool, why }) => `- ${markdownCode(tool)}: ${markdownProse(why)}`).join("\n"),
    ),
    heading(
      "Planner",
      plannerLines(plan.metadata.planner)
        .map(({ label, text }) => `- ${label}: ${markdownProse(text)}`)
        .join("\n"),
    ),
    heading("Next steps", nextSteps(plan, options)),
  )}\n`;
}

function heading(title: string, content: string): string | undefined {
  return content === "" ? undefined : `### ${title}\n\n${content}`;
}

function headline(plan: Plan): string {
  const cause = markdownText(primaryFinding(plan.findings)?.summary ?? "the cause is not known");
  return `${outcomeWords[plan.outcome]}: ${plan.outcome === "healthy" ? "nothing to do" : cause}`;
}

function summaryTable(plan: Plan, { path, digest }: MarkdownOptions): string {
  const { metadata, summary, steps } = plan;
  const { target } = metadata;
  const project =
    target.project === undefined ? "" : `, project ${markdownCode(cutInMiddle(target.project))}`;
  const asking = steps.filter(({ effect }) => needsApproval(effect)).map(({ id }) => id);
  const shell = shellVariablesText(plan);
  const rows: readonly (readonly [string, string])[] = [
    ["Outcome", plan.outcome],
    ["Target", `${target.kind} deployment in ${markdownCode(cutInMiddle(target.directory))}${project}`],
    ["Steps", String(steps.length)],
    [
      "Approvals needed",
      asking.length === 0 ? "none" : `${asking.length} (${asking.map(markdownText).join(", ")})`,
    ],
    ...(steps.length === 0
      ? []
      : ([
          ["Downtime", markdownText(cutInMiddle(summary.downtime))],
          ["Reversible", reversibility(steps)],
          ["Valid until", until(metadata.validUntil)],
        ] as const)),
    ...(shell === "" ? [] : [[SHELL_TITLE, markdownText(cutInMiddle(shell))] as const]),
    ["Planner", metadata.planner.kind],
    ["Plan", `${markdownCode(path)}<br>${markdownCode(digest)}`],
  ];
  return ["| | |", "|---|---|", ...rows.map(([name, value]) => `| **${name}** | ${value} |`)].join("\n");
}

function until(time: string): string {
  return time.replace(/:\d\d(?:\.\d+)?Z$/, " UTC").replace("T", " ");
}

function reversibility(steps: readonly Step[]): string {
  const named = (reversible: Step["reversible"]): readonly string[] =>
    steps
      .filter((step) => step.reversible === reversible && needsApproval(step.effect))
      .map(({ id }) => markdownText(id));
  const [full, lasting, removing] = [named("full"), named("none"), named("not-needed")];
  if (lasting.length > 0) return `no: ${lasting.join(", ")} cannot be undone`;
  const back = full.length === 0 ? "" : `the files of ${full.join(", ")} are put back; `;
  if (removing.length > 0)
    return `not in full: ${back}what ${removing.join(", ")} removes is created again, not put back`;
  return full.length === 0 ? "nothing to take back" : "yes, in full";
}

/** Logs and error texts can be long; the plan file has them whole. What an error ends with is most often its cause. */
const LONGEST_VALUE = 400;
const LONG_ID = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;

function evidenceOf(id: string, lookup: FactLookup | undefined): string {
  const value = lookup?.(id);
  if (value === undefined) return markdownCode(id);
  return `${markdownCode(id)} is ${markdownCode(cutInMiddle(value.replaceAll(LONG_ID, "$1...")))}`;
}

function cutInMiddle(value: string): string {
  const half = LONGEST_VALUE / 2;
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, half)} ... ${value.slice(-half)}`;
}

function finding(
  { id, class: kind, severity, confidence, summary, evidence, refutedBy }: Finding,
  lookup: FactLookup | undefined,
): string {
  return [
    `- **${markdownText(id)}** ${markdownCode(kind)} (${severity}, ${Math.round(confidence * 100)}% confidence): ${markdownProse(summary)}`,
    `  <br>Evidence: ${evidence.map((fact) => evidenceOf(fact, lookup)).join(", ")}`,
    `  <br>Wrong if ${markdownProse(refutedBy)}`,
  ].join("\n");
}

/** Collapsed; the effect stands in the line that is always seen. */
function stepSection(step: Step, withPreview: boolean): string {
  const { id, tool, version, args, fixes, why, preview } = step;
  const given = Object.entries(args).map(
    ([name, value]) => `${markdownCode(name)} ${markdownCode(formatValue(value))}`,
  );
  const facts = [
    `- Why: ${markdownProse(why)}`,
    ...(fixes.length === 0 ? [] : [`- Fixes: ${fixes.map(markdownText).join(", ")}`]),
    ...(given.length === 0 ? [] : [`- With: ${given.join("; ")}`]),
  ];
  const change = withPreview
    ? markdownFence(withoutUniformCr(preview), isDiff(preview) ? "diff" : "text")
    : `The change is too long to be shown here: see ${markdownText(id)} in the plan file.`;
  return [
    `<details><summary><b>${markdownText(id)}</b> <code>${markdownText(tool)}</code> version ${version}: ${effectText(step)}</summary>`,
    facts.join("\n"),
    preview.trim() === "" ? "It changes nothing." : change,
    "</details>",
  ].join("\n\n");
}

function approvals(plan: Plan, { path }: MarkdownOptions): string {
  if (plan.outcome !== "repair") return "";
  const asking = plan.steps.filter(({ effect }) => needsApproval(effect)).map(({ id }) => id);
  const command = `gh devlake repair --apply ${shellWord(path)}${dirFlag(plan.metadata.target.directory)}`;
  if (asking.length === 0) return blocks("None. To apply the plan:", markdownFence(command, "sh"));
  const needs = asking.length === 1 ? "asks for approval" : "ask for approval";
  return blocks(
    `${asking.map(markdownText).join(", ")} ${needs}: at the terminal, or by name with this command. Any edit of the plan changes its digest, and an approval holds for one digest.`,
    markdownFence(`${command} --approve ${asking.join(",")}`, "sh"),
  );
}

function nextSteps(plan: Plan, { path }: MarkdownOptions): string {
  const written = plan.nextSteps.map((step, index) => `${index + 1}. ${markdownProse(step)}`);
  const command = markdownCode(
    `gh devlake repair lint --live ${shellWord(path)}${dirFlag(plan.metadata.target.directory)}`,
  );
  const check =
    plan.outcome === "repair"
      ? [`${written.length + 1}. Check it again beside the deployment: ${command}`]
      : [];
  return [...written, ...check].join("\n");
}
