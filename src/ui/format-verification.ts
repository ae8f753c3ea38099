import type { HealthReport, Result } from "../core/result.ts";
import type { UndoAccount } from "../core/undo-account.ts";
import { escapeLine } from "./escape.ts";
import { blocks, lines, section } from "./section.ts";
import { formatHealth } from "./format-result.ts";
import { healthMark } from "./step-state.ts";
import { paint, symbolsOf, type Style } from "./style.ts";
import { hang } from "./wrap-text.ts";

/** One question about a signed file, its answer and why. */
export interface Answer {
  readonly question: string;
  readonly verdict: "yes" | "no" | "unknown";
  readonly why: string;
  /** Whether the file is only accepted when the answer is yes. */
  readonly asked: boolean;
}

export function holds({ verdict, asked }: Answer): boolean {
  return verdict === "yes" || !asked;
}

/** The answers one by one, then what the file says, if its signature holds. */
export function formatVerification(
  answers: readonly Answer[],
  said: {
    readonly result: Result | undefined;
    readonly undo: UndoAccount | undefined;
    readonly health: readonly HealthReport[] | undefined;
  },
  style: Style,
): string {
  const { result, undo, health = [] } = said;
  const inner = { ...style, width: style.width - 3 };
  return blocks(
    headline(answers, style),
    lines(
      ...answers.map((answer) =>
        hang(
          `   ${mark(answer, style)} `,
          `${answer.question}: ${answer.verdict}: ${escapeLine(answer.why)}`,
          style.width,
          { leadWidth: 5 },
        ),
      ),
    ),
    section("Health now", formatHealth(health, inner), style),
    result === undefined ? undefined : section("It says", saidByResult(result, style), style),
    undo === undefined ? undefined : section("It says", saidByUndo(undo, style), style),
  );
}

function headline(answers: readonly Answer[], style: Style): string {
  const isSound = answers.filter(({ question }) => question !== "healthy now").every(holds);
  const isAll = answers.every(holds);
  const text = isAll
    ? "The result can be relied on"
    : isSound
      ? "The result can be relied on, but DevLake was not seen healthy now"
      : "The result cannot be relied on";
  return `${healthMark(isAll, style)} ${paint(style, "bold", text)}`;
}

function mark({ verdict, asked }: Answer, style: Style): string {
  if (verdict === "unknown" && !asked) return paint(style, "dim", symbolsOf(style).info);
  return healthMark(verdict === "yes", style);
}

function saidByResult(result: Result, style: Style): string {
  const { plan } = result;
  const commit = plan.commit === undefined ? "" : `, commit ${plan.commit.slice(0, 12)}`;
  const steps = result.steps.map(({ id, tool, state }) => escapeLine(`${id} ${tool}: ${state}`));
  return lines(
    hang("", `${result.outcome}: ${escapeLine(result.reason)}`, style.width - 3),
    `plan ${escapeLine(plan.name)}${commit}, ${result.startedAt} to ${result.endedAt}`,
    ...steps,
    formatHealth(result.health, { ...style, width: style.width - 3 }),
  );
}

function saidByUndo(undo: UndoAccount, style: Style): string {
  return lines(
    hang("", `${undo.outcome}: ${escapeLine(undo.reason)}`, style.width - 3),
    `result ${escapeLine(undo.result.path)}, ${undo.startedAt} to ${undo.endedAt}`,
    ...undo.steps.map(({ id, tool, state }) => escapeLine(`${id} ${tool}: ${state}`)),
  );
}
