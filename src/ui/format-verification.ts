import type { HealthReport, Result } from "../core/records/result.ts";
import type { UndoAccount } from "../core/records/undo-account.ts";
import { escapeLine } from "./text/escape.ts";
import { blocks, lines, MARGIN, section } from "./text/section.ts";
import { formatHealth } from "./format-result.ts";
import { healthMark } from "./text/step-state.ts";
import { paint, symbolsOf, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

/** One question about a signed file, its answer and why. */
export interface Answer {
  readonly question: string;
  readonly verdict: "yes" | "no" | "unknown";
  readonly why: string;
  /** Whether the file is only accepted when the answer is yes. */
  readonly asked: boolean;
}

/** Two ways to make a signer known. */
export interface SignerIntroduction {
  /** Checks the file with the signer's public key, which goes in the place of FILE. */
  readonly command: string;
  /** The policy of the user's that trusts signers. */
  readonly policyFile: string;
  readonly isNewFile: boolean;
  /** What to add to that policy, as YAML that begins at the margin. */
  readonly entry: string;
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
    readonly introduction?: SignerIntroduction | undefined;
  },
  style: Style,
): string {
  const { result, undo, health = [], introduction } = said;
  const inner = { ...style, width: style.width - 3 };
  return blocks(
    headline(answers, undo === undefined ? "result" : "account", style),
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
    introduction === undefined ? undefined : howToKnow(introduction, style),
  );
}

/** What stands at the margin is to be copied, so it is neither indented nor broken. */
function howToKnow({ command, policyFile, isNewFile, entry }: SignerIntroduction, style: Style): string {
  const file = escapeLine(policyFile);
  const inner = style.width - MARGIN;
  return blocks(
    section(
      "To make the signer known",
      lines(
        hang(
          "",
          "Learn from its owner, by a way you trust, whose key it is. Then check with their public key:",
          inner,
        ),
        `  ${escapeLine(command)}`,
        hang(
          "",
          `or trust it from now on: ${isNewFile ? "make" : "add to"} ${file}${isNewFile ? " with these lines" : ""}`,
          inner,
        ),
      ),
      style,
    ),
    entry,
  );
}

function headline(answers: readonly Answer[], what: "result" | "account", style: Style): string {
  const open = answers.filter((answer) => answer.question !== "healthy now" && !holds(answer));
  const gaps = open.flatMap(({ question, verdict }) =>
    verdict === "unknown" ? (notKnown[question] ?? []) : [],
  );
  const isAll = answers.every(holds);
  const isIntact = open.length > 0 && gaps.length === open.length;
  const text = isAll
    ? `The ${what} can be relied on`
    : isIntact
      ? `The ${what} is intact; ${gaps.join(", and ")}`
      : open.length === 0
        ? `The ${what} can be relied on, but DevLake was not seen healthy now`
        : `The ${what} cannot be relied on`;
  const sign = isIntact ? paint(style, "yellow", symbolsOf(style).warn) : healthMark(isAll, style);
  return hang(`${sign} `, text, style.width, { leadWidth: 2, look: (line) => paint(style, "bold", line) });
}

/** What is only not known says nothing against the file. */
const notKnown: Readonly<Record<string, string>> = {
  signer: "its signer is not known to you",
  plan: "its plan is not here",
  result: "the result that it is about is not here",
  journal: "its journal is not here",
};

function mark({ verdict, asked }: Answer, style: Style): string {
  if (verdict === "unknown")
    return asked ? paint(style, "yellow", symbolsOf(style).warn) : paint(style, "dim", symbolsOf(style).info);
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
