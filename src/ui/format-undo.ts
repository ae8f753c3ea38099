import type { UndoAccount, UndoStepReport } from "../core/records/undo-account.ts";
import type { Target } from "../core/target.ts";
import { CHANGE, INDENT } from "./format-approval.ts";
import { escapeLine, escapeText } from "./text/escape.ts";
import { withoutUniformCr } from "./format-diff.ts";
import { blocks, dirFlag, formatNext, lines, MARGIN, plural, section, titled } from "./text/section.ts";
import { shellWord } from "../core/text/shell-word.ts";
import { undoHeadline, undoMark } from "./text/step-state.ts";
import { paint, type Style } from "./text/style.ts";
import { hang, indent } from "./text/wrap-text.ts";

/** What taking a step back is about; {@link undoText} shows all of it. */
export interface UndoQuestion {
  readonly id: string;
  readonly tool: string;
  readonly version: number;
  readonly index: number;
  readonly of: number;
  readonly target: Target;
  /** How the step ended in the run, and when it was begun. */
  readonly state: string;
  readonly ranAt: string | undefined;
  /** A diff, secrets masked; empty for what is no file. */
  readonly change: string;
}

/** What an approver is shown before a step is taken back, in the form of {@link approvalText}. */
export function undoText(question: UndoQuestion): string {
  const { id, tool, version, index, of, target, state, ranAt, change } = question;
  const project = target.project === undefined ? "" : ` of project "${target.project}"`;
  return [
    `Take back step ${id} (${index + 1} of ${of}): ${tool}, version ${version}`,
    `Effect: puts back what the step changed, and reads it back; asks first`,
    `Target: ${target.kind} deployment${project} in ${target.directory === "." ? "this directory" : target.directory}`,
    `Ran: ${ranAt ?? "at a time that is not known"}, ended ${state}`,
    `What runs: none of it is touched; it goes on as it was started`,
    `If it fails: what is not back is named; steps before this one are still asked for`,
  ]
    .map(escapeLine)
    .concat(CHANGE, indent(escapeText(withoutUniformCr(change.trimEnd())), INDENT))
    .join("\n");
}

/** What `d` shows: which result, and what the files have to be for it. */
export function undoDetails({ id }: UndoQuestion, resultPath: string): string {
  return [
    `Step ${id} of the run in ${resultPath}`,
    `Each file is put back only while it is exactly what the run left; if one of them has moved, none is touched.`,
    `Owner and mode stay as they are. The copies come from the run's private directory.`,
  ]
    .map(escapeLine)
    .join("\n");
}

export interface UndoOptions {
  /** Where the signed account is; undefined when nothing was to be taken back. */
  readonly accountPath: string;
  /** `--dir` as it was given; the current directory when left out. */
  readonly directory?: string | undefined;
  /** What to type next. */
  readonly sentences: readonly string[];
  readonly commands: readonly string[];
}

/** The end of an undo: what came of it, each step, what still runs, the signed account, what next. */
export function formatUndo(account: UndoAccount, style: Style, options: UndoOptions): string {
  const inner = { ...style, width: style.width - MARGIN };
  const { mark, text } = undoHeadline(account.outcome, style);
  const count = account.steps.filter(({ state }) => state === "restored").length;
  return blocks(
    lines(
      hang(`${mark} `, `${text}: ${escapeLine(account.reason)}`, style.width, {
        leadWidth: 2,
        look: (line) => paint(style, "bold", line),
      }),
      hang("  ", `${plural(count, "step")} taken back`, style.width),
    ),
    section("Steps", account.steps.map((step) => formatStep(step, inner)).join("\n"), style),
    section("Still running", stillRunning(account, inner), style),
    section("Account", escapeLine(options.accountPath), style),
    formatNext(
      options.sentences,
      [
        ...options.commands,
        `gh devlake repair verify ${shellWord(options.accountPath)}${dirFlag(options.directory ?? ".")}`,
      ],
      style,
    ),
  );
}

function formatStep(step: UndoStepReport, style: Style): string {
  const title = {
    lead: `${undoMark(step.state, style)} `,
    leadWidth: 2,
    text: `${escapeLine(step.id)} ${escapeLine(step.tool)}`,
    aside: step.state,
  };
  return lines(titled(title, style), hang("     ", escapeText(step.reason), style.width));
}

function stillRunning({ stillRunning: services }: UndoAccount, style: Style): string {
  return services
    .map(({ service, on, files }) => {
      const wants = files.length === 0 ? "no port" : `port ${files.join(", ")}`;
      const has = on.length === 0 ? "no port" : `port ${on.join(", ")}`;
      return hang("", `${escapeLine(service)} runs on ${has}; the files say ${wants} again`, style.width);
    })
    .join("\n");
}
