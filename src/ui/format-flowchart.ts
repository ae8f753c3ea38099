import { needsApproval } from "../core/effect.ts";
import type { Plan } from "../core/plan.ts";
import { escapeLine } from "./text/escape.ts";
import { cutToWidth } from "./text/text-width.ts";

/** A chart with more findings than these is no help; a plan never has more than 12 steps. */
const MAX_FINDINGS = 12;
const LABEL_WIDTH = 100;

/** A plan with steps as a Mermaid flowchart: from each finding to the steps that fix it, the steps in order, the check last. */
export function formatFlowchart(plan: Plan): string {
  const findings = plan.findings.slice(0, MAX_FINDINGS);
  const nodes = [
    ...findings.map(
      ({ id, class: kind, summary }, index) => `finding${index}(${label(`${id} ${kind}`, summary)})`,
    ),
    ...plan.steps.map(({ id, tool, effect }, index) => {
      const text = label(`${id} ${tool}`, needsApproval(effect) ? `${effect}, asks first` : effect);
      return needsApproval(effect) ? `step${index}{{${text}}}` : `step${index}[${text}]`;
    }),
    `health([${label("health is checked")}])`,
  ];
  const fixes = plan.steps.flatMap((step, to) =>
    findings.flatMap(({ id }, from) => (step.fixes.includes(id) ? [`finding${from} --> step${to}`] : [])),
  );
  const order = plan.steps.map((_step, index) =>
    index + 1 < plan.steps.length ? `step${index} ==> step${index + 1}` : `step${index} ==> health`,
  );
  return ["flowchart LR", ...[...nodes, ...fixes, ...order].map((line) => `  ${line}`)].join("\n");
}

function label(...lines: readonly string[]): string {
  const shown = lines.map((line) => mermaidText(cutToWidth(escapeLine(line), LABEL_WIDTH, "…")));
  return `"${shown.join("<br/>")}"`;
}

/**
 * Text inside the quotes of a label. Only letters, digits and harmless marks stay as they are; all else
 * becomes Mermaid's entities (mermaid.js.org/syntax/flowchart.html, "Entity codes"), so that no label
 * can end its quotes, hold HTML, or be read as the Markdown that newer versions look for.
 */
function mermaidText(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N} ,()/_]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
