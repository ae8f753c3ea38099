import { canonicalJson } from "../core/text/json.ts";
import type { Plan, Step } from "../core/plan.ts";
import { uncomparedText, type MaskedSetting } from "../core/reviewed-values.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import { formatDiff, isDiff, withoutUniformCr } from "./format-diff.ts";
import { formatValue, type FactLookup } from "./text/format-fact.ts";
import { effectText } from "./format-steps.ts";
import { paint, type Style } from "./text/style.ts";
import { hang, indent } from "./text/wrap-text.ts";

/** Everything below this line is the preview, moved in so that it cannot pass for a field. */
export const CHANGE = "Change:";
export const INDENT = 4;

const onFailure = {
  full: "the steps after it do not run, and what it changed can be put back in full",
  none: "the steps after it do not run, and what it changed stays changed",
  "not-needed": "the steps after it do not run; there is nothing to put back",
} as const satisfies Record<Step["reversible"], string>;

/**
 * What an approver is shown before a step: one canonical plain text, the same at every width and in
 * every colour, because its digest goes into the approval record. {@link formatApproval} shows it. `directory`: where
 * the run works, as it was given; what the plan says of that was true where it was made. `uncompared`: settings of which
 * nobody knows whether they are as they were then.
 */
export function approvalText(
  step: Step,
  plan: Plan,
  directory: string,
  uncompared: readonly MaskedSetting[] = [],
): string {
  const { target } = plan.metadata;
  const project = target.project === undefined ? "" : ` of project "${target.project}"`;
  const cures = plan.findings.filter(({ id }) => step.fixes.includes(id));
  const index = plan.steps.findIndex(({ id }) => id === step.id) + 1;
  return [
    `Step ${step.id} (${index} of ${plan.steps.length}): ${step.tool}, version ${step.version}`,
    `Effect: ${effectText(step)}`,
    `Target: ${target.kind} deployment${project} in ${directory === "." ? "this directory" : directory}`,
    `Arguments: ${canonicalJson(step.args)}`,
    ...cures.map((finding) => `Fixes: ${finding.id} ${finding.class}: ${finding.summary}`),
    `Why: ${step.why}`,
    ...togetherWith(step, plan),
    `If it fails: ${onFailure[step.reversible]}`,
    ...(uncompared.length === 0 ? [] : [`Beware: ${uncomparedText(uncompared)}`]),
  ]
    .map(escapeLine)
    .concat(CHANGE, indent(escapeText(withoutUniformCr(step.preview.trimEnd())), INDENT))
    .join("\n");
}

/** Such as the recreation that brings moved ports into force: neither step cures anything without the other. */
function togetherWith(step: Step, { steps }: Plan): readonly string[] {
  const others = steps.filter(
    ({ id, fixes }) => id !== step.id && fixes.some((fix) => step.fixes.includes(fix)),
  );
  if (others.length === 0) return [];
  return [`Together with: ${others.map(({ id, tool }) => `${id} ${tool}`).join(", ")}`];
}

/** What `d` shows: which facts the step counts on, what proves the findings, what would refute them. */
export function approvalDetails(step: Step, plan: Plan, lookup?: FactLookup): string {
  const evidenceLine = (id: string): string => {
    const value = lookup?.(id);
    return value === undefined ? `  ${id}` : `  ${id}: ${value}`;
  };
  const cures = plan.findings.filter(({ id }) => step.fixes.includes(id));
  const expected = Object.entries(step.expects).map(([id, value]) => `  ${id}: ${formatValue(value)}`);
  return [
    `Step ${step.id}: what it rests on`,
    ...cures.flatMap((finding) => [
      `Evidence for ${finding.id}, ${finding.severity}, ${Math.round(finding.confidence * 100)}% confidence:`,
      ...finding.evidence.map(evidenceLine),
      `  wrong if ${finding.refutedBy}`,
    ]),
    ...(expected.length === 0
      ? []
      : ["Read again just before; if one has moved, the step does not run:", ...expected]),
    `Plan: ${plan.metadata.name}, made ${plan.metadata.createdAt}, valid until ${plan.metadata.validUntil}`,
  ]
    .map(escapeLine)
    .join("\n");
}

/**
 * The same content as a canonical text, in colours and within the width. Nothing is cut. It takes the
 * text and not the step, so it cannot show anything that the digest does not cover.
 */
export function formatApproval(text: string, style: Style): string {
  const all = escapeText(text).split("\n");
  const change = all.indexOf(CHANGE);
  const fields = change === -1 ? all : all.slice(0, change);
  const shown = fields.map((line, index) => formatField(line, index === 0, style)).join("\n");
  if (change === -1) return shown;
  const preview = all
    .slice(change + 1)
    .map((line) => line.slice(INDENT))
    .join("\n");
  return `${shown}\n\n${indent(formatChange(preview, style), INDENT)}`;
}

function formatField(line: string, isTitle: boolean, style: Style): string {
  if (isTitle) return hang("", line, style.width, { look: (part) => paint(style, "bold", part) });
  const label = /^[A-Z][^:]{0,30}: /.exec(line)?.[0];
  if (label === undefined) {
    const margin = " ".repeat(line.length - line.trimStart().length);
    return hang(`  ${margin}`, line.trimStart(), style.width);
  }
  return hang(`  ${paint(style, "dim", label.trimEnd())} `, line.slice(label.length), style.width, {
    leadWidth: 2 + label.length,
  });
}

function formatChange(preview: string, style: Style): string {
  const width = style.width - INDENT;
  if (isDiff(preview)) return formatDiff(preview, style, { width, context: "wrap" });
  return preview
    .split("\n")
    .map((line) => hang("", line, width))
    .join("\n");
}
