import type { Endpoints } from "../core/endpoints.ts";
import type { HealthReport, Result, StepReport } from "../core/records/result.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import { formatDuration } from "./text/format-duration.ts";
import { blocks, dirFlag, formatNext, lines, MARGIN, plural, section, titled } from "./text/section.ts";
import { shellWord } from "../core/text/shell-word.ts";
import { healthMark, outcomeMark, outcomeText, stateMark } from "./text/step-state.ts";
import { paint, type Style } from "./text/style.ts";
import { displayWidth, padToWidth } from "./text/text-width.ts";
import { hang } from "./text/wrap-text.ts";

export interface ResultOptions {
  /** Where the signed result is, as the person would type it. */
  readonly resultPath: string;
  /** `--dir` of the run, for the commands that follow it. */
  readonly directory?: string | undefined;
  /** Where DevLake answers now, when that has changed. */
  readonly addresses?: Endpoints | undefined;
  /** Commands to offer in place of the usual ones. */
  readonly commands?: readonly string[] | undefined;
}

/** The end of a run: what came of it, each step's state and reason, the health, the file, what next. */
export function formatResult(result: Result, style: Style, options: ResultOptions): string {
  const inner = { ...style, width: style.width - MARGIN };
  return blocks(
    lines(headline(result, style), tally(result, style)),
    section("DevLake is now at", formatAddresses(options.addresses, inner), style),
    section("Steps", result.steps.map((step) => formatStepReport(step, inner)).join("\n"), style),
    section("Health", formatHealth(result.health, inner), style),
    section("Result", lines(escapeLine(options.resultPath), signedBy(result, inner)), style),
    formatNext([], options.commands ?? commandsAfter(result, options), style),
  );
}

function headline(result: Result, style: Style): string {
  const reason = result.reason === "" ? "" : `: ${escapeLine(result.reason)}`;
  return hang(`${outcomeMark(result.outcome, style)} `, outcomeText(result.outcome) + reason, style.width, {
    leadWidth: 2,
    look: (line) => paint(style, "bold", line),
  });
}

function tally(result: Result, style: Style): string {
  const done = result.steps.filter(({ state }) => state === "done").length;
  const took = formatDuration(Date.parse(result.endedAt) - Date.parse(result.startedAt));
  const cuts = result.earlierRuns?.length ?? 0;
  const resumed = cuts === 0 ? "" : `; cut off ${cuts === 1 ? "once" : `${cuts} times`} and resumed`;
  return hang(
    "  ",
    `${done} of ${plural(result.steps.length, "step")} done in ${took}${resumed}`,
    style.width,
  );
}

function formatStepReport(step: StepReport, style: Style): string {
  const took =
    step.startedAt === undefined || step.endedAt === undefined
      ? ""
      : ` ${formatDuration(Date.parse(step.endedAt) - Date.parse(step.startedAt))}`;
  const title = {
    lead: `${stateMark(step.state, style)} `,
    leadWidth: 2,
    text: `${escapeLine(step.id)} ${escapeLine(step.tool)}`,
    aside: `${step.state}${took}${step.attempts > 1 ? `, ${step.attempts} attempts` : ""}${
      step.earlierRun === undefined ? "" : ", before it was cut off"
    }`,
  };
  return lines(
    titled(title, style),
    step.reason === "" ? undefined : hang("     ", escapeText(step.reason), style.width),
  );
}

/** What was probed and what it said; used by the reporters as well. */
export function formatHealth(reports: readonly HealthReport[], style: Style): string {
  const column = Math.max(0, ...reports.map(({ check }) => displayWidth(escapeLine(check))));
  return reports
    .map(({ check, healthy, observed }) => {
      const lead = `${healthMark(healthy, style)} ${padToWidth(escapeLine(check), column)}  `;
      return hang(lead, escapeText(observed), style.width, { leadWidth: column + 4 });
    })
    .join("\n");
}

/** The page that people open comes first. */
function formatAddresses(addresses: Endpoints | undefined, style: Style): string {
  const rows = [
    ["config-ui", addresses?.configUi],
    ["Grafana", addresses?.grafana],
    ["backend", addresses?.backend],
  ] as const;
  return rows
    .flatMap(([name, url]) =>
      url === undefined ? [] : [hang(`${name.padEnd(9)}  `, escapeLine(url), style.width)],
    )
    .join("\n");
}

function signedBy(result: Result, style: Style): string {
  return hang("", `signed with key ${escapeLine(result.signer.keyId)}`, style.width, {
    look: (line) => paint(style, "dim", line),
  });
}

/** A step that was approved and has not been taken back: it can be. */
function changedSomething({ steps }: Result): boolean {
  return steps.some(
    ({ state, undoDigest }) => undoDigest !== undefined && (state === "done" || state === "unknown"),
  );
}

/** What the person most likely wants to type after a run that ended so. */
function commandsAfter(result: Result, { resultPath, directory = "." }: ResultOptions): readonly string[] {
  const where = dirFlag(directory);
  const planAgain = `gh devlake repair --plan-only${where}`;
  switch (result.outcome) {
    case "repaired":
      return [`gh devlake repair verify ${shellWord(resultPath)}${where}`];
    case "declined":
      return [`gh devlake repair --apply ${shellWord(result.plan.path)}${where}`];
    case "interrupted":
    case "failed":
    case "unhealthy":
      return [
        ...(changedSomething(result) ? [`gh devlake repair undo ${shellWord(resultPath)}${where}`] : []),
        planAgain,
      ];
    case "stale":
    case "failed-restored":
      return [planAgain];
  }
}
