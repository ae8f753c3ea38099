import type { Result } from "../core/result.ts";
import { escapeLine } from "./escape.ts";
import { blocks, lines, section } from "./section.ts";
import { formatHealth } from "./format-result.ts";
import { healthMark } from "./step-state.ts";
import { paint, type Style } from "./style.ts";
import { hang } from "./wrap-text.ts";

/** One question about a result file and its answer. */
export interface Answer {
  readonly question: string;
  readonly good: boolean;
  readonly answer: string;
}

/** The answers one by one, then what the result says, if its signature holds. */
export function formatVerification(
  answers: readonly Answer[],
  result: Result | undefined,
  style: Style,
): string {
  const all = answers.every(({ good }) => good);
  return blocks(
    `${healthMark(all, style)} ${paint(style, "bold", all ? "The result can be relied on" : "The result cannot be relied on")}`,
    lines(
      ...answers.map(({ question, good, answer }) =>
        hang(`   ${healthMark(good, style)} `, `${question}: ${escapeLine(answer)}`, style.width, {
          leadWidth: 5,
        }),
      ),
    ),
    result === undefined ? undefined : section("It says", said(result, style), style),
  );
}

function said(result: Result, style: Style): string {
  const steps = result.steps.map(({ id, tool, state }) => escapeLine(`${id} ${tool}: ${state}`));
  return lines(
    hang("", `${result.outcome}: ${escapeLine(result.reason)}`, style.width - 3),
    `plan ${escapeLine(result.plan.name)}, ${result.startedAt} to ${result.endedAt}`,
    ...steps,
    formatHealth(result.health, { ...style, width: style.width - 3 }),
  );
}
