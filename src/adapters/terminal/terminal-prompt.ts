import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { ApprovalDecision, ApprovalRequest, ApprovalSource, RunQuestion } from "../../ports/approval.ts";

export interface TerminalPromptOptions {
  /** The terminal's input, in its usual line mode: echo and editing are the terminal's. */
  readonly input: Readable;
  /** Where questions go: stderr. */
  readonly output: Writable;
  /** Aborted on Ctrl-C; a question that stands is then answered with quit. */
  readonly signal: AbortSignal;
  /** How a plain text is shown: escaped, in colours, within the width. */
  readonly render: (text: string) => string;
}

export interface TerminalPrompt extends Required<ApprovalSource> {
  /** Gives the input back, so that the process can end. */
  readonly close: () => void;
}

type Answer = { readonly line: string } | { readonly gone: string };

/** What a line means: a decision, a wish to see more, or nothing that can be acted on. */
type Meaning =
  | ApprovalDecision
  | { readonly kind: "details" }
  | { readonly kind: "unclear"; readonly say: string };

const CTRL_C = "\u0003";

/**
 * Asks a person before each step. Only `y`, or the typed name for a destructive step, approves: Enter
 * alone never does, nor does anything typed before the question stood there, because it reads from
 * the start and drops the lines that arrive while nothing is asked.
 */
export function terminalPrompt({ input, output, signal, render }: TerminalPromptOptions): TerminalPrompt {
  const reader = createInterface({ input, terminal: false });
  let waiting: ((answer: Answer) => void) | undefined;
  let gone: string | undefined;
  const settle = (answer: Answer): void => {
    waiting?.(answer);
    waiting = undefined;
  };
  const leave = (reason: string): void => {
    gone ??= reason;
    settle({ gone });
  };
  const interrupt = (): void => leave("interrupted");
  reader.on("line", (line) => settle({ line }));
  reader.on("close", () => leave("the terminal was closed"));
  // A terminal that vanishes, as when a connection drops, ends in EIO and not in an end of file.
  input.on("error", () => leave("the terminal was closed"));
  reader.on("error", () => leave("the terminal was closed"));
  signal.addEventListener("abort", interrupt, { once: true });
  if (signal.aborted) interrupt();

  const ask = (text: string): Promise<Answer> => {
    if (gone !== undefined) return Promise.resolve({ gone });
    output.write(text);
    return new Promise((resolve) => {
      waiting = resolve;
    });
  };

  const say = (text: string): void => {
    output.write(`\n${render(text)}\n\n`);
  };

  const request = async (wanted: ApprovalRequest): Promise<ApprovalDecision> => {
    say(wanted.shown);
    for (;;) {
      const answer = await ask(render(question(wanted)) + " ");
      if ("gone" in answer) {
        output.write("\n");
        return { kind: "quit", reason: answer.gone };
      }
      const meaning = meaningOf(answer.line, wanted);
      if (meaning.kind === "details") say(wanted.details);
      else if (meaning.kind === "unclear") output.write(`${render(meaning.say)}\n`);
      else return meaning;
    }
  };

  const confirmRun = async (wanted: RunQuestion): Promise<ApprovalDecision> => {
    for (;;) {
      const answer = await ask(`\n${render(runQuestion(wanted))} `);
      if ("gone" in answer) {
        output.write("\n");
        return { kind: "quit", reason: answer.gone };
      }
      const meaning = runMeaning(answer.line);
      if (meaning.kind !== "unclear") return meaning;
      output.write(`${render(meaning.say)}\n`);
    }
  };

  return {
    request,
    confirmRun,
    close: () => {
      signal.removeEventListener("abort", interrupt);
      reader.close();
      input.pause();
    },
  };
}

function question({ step, action, typeToConfirm }: ApprovalRequest): string {
  if (action === "undo") return `Take back step ${step.id}? y yes, n no, d details, q quit:`;
  return typeToConfirm === undefined
    ? `Run step ${step.id}? y yes, n no, d details, q quit:`
    : `This cannot be undone. Type ${typeToConfirm} to run step ${step.id}, or n no, d details, q quit:`;
}

function runQuestion({ steps, asking, isResumed }: RunQuestion): string {
  const what = isResumed ? "Go on with this run?" : "Run this plan?";
  const count = `${steps} ${steps === 1 ? "step" : "steps"}`;
  const again = asking === 0 ? "none of them asks again" : `${asking} of them asked about again`;
  return `${what} ${count}, ${again}; y yes, n no:`;
}

function runMeaning(line: string): Exclude<Meaning, { readonly kind: "details" }> {
  const typed = line.trim();
  if (typed.includes(CTRL_C)) return { kind: "quit", reason: "interrupted" };
  if (/^y(?:es)?$/i.test(typed)) return { kind: "approved", how: "terminal" };
  if (/^(?:no?|q(?:uit)?)$/i.test(typed))
    return { kind: "declined", reason: "the plan was declined at the terminal" };
  return {
    kind: "unclear",
    say: `${typed === "" ? "nothing was typed" : `"${typed}" is not an answer`}: type y to run the plan, n to leave it`,
  };
}

function meaningOf(line: string, { step, action, typeToConfirm }: ApprovalRequest): Meaning {
  const typed = line.trim();
  if (typed.includes(CTRL_C)) return { kind: "quit", reason: "interrupted" };
  switch (typed.toLowerCase()) {
    case "n":
    case "no":
      return { kind: "declined", reason: `step ${step.id} was declined at the terminal` };
    case "q":
    case "quit":
      return { kind: "quit", reason: `quit at the terminal, asked about step ${step.id}` };
    case "d":
    case "details":
      return { kind: "details" };
  }
  const toDo = action === "undo" ? "to take it back" : "to run it";
  const how = typeToConfirm === undefined ? `y ${toDo}` : `${typeToConfirm} in full ${toDo}`;
  const approves = typeToConfirm === undefined ? /^y(?:es)?$/i.test(typed) : typed === typeToConfirm;
  if (approves) return { kind: "approved", how: "terminal" };
  return {
    kind: "unclear",
    say: `${typed === "" ? "nothing was typed" : `"${typed}" is not an answer`}: type ${how}, n to leave it out, d for details, q to stop here`,
  };
}
