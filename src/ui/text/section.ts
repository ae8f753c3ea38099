import { shellWord } from "../../core/text/shell-word.ts";
import { escapeLine } from "./escape.ts";
import { paint, type Style } from "./style.ts";
import { displayWidth } from "./text-width.ts";
import { hang, indent } from "./wrap-text.ts";

/** How far the content of a section stands in; gh-devlake indents its sub-items the same. */
export const MARGIN = 3;

/** A bold title and its content below it; undefined when there is nothing to say. */
export function section(title: string, content: string, style: Style): string | undefined {
  return content === "" ? undefined : `${paint(style, "bold", title)}\n${indent(content, MARGIN)}`;
}

/** Blocks with one empty line between them. */
export function blocks(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join("\n\n");
}

/** Lines, without those that have nothing to say. */
export function lines(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join("\n");
}

/**
 * What to do next: sentences numbered when there are several, then commands, each alone on a line
 * that is never broken, so that it can be copied. So is the command that a sentence ends with.
 */
export function formatNext(
  sentences: readonly string[],
  commands: readonly string[],
  style: Style,
): string | undefined {
  const numbered = sentences.map((sentence, index) => {
    const lead = sentences.length > 1 ? `${index + 1}. ` : "";
    const [, text = sentence, command] = /^(.*) `([^`]+)`$/s.exec(sentence) ?? [];
    return lines(
      hang(lead, escapeLine(text), style.width - MARGIN, { wholeCommands: true }),
      command === undefined
        ? undefined
        : `${" ".repeat(lead.length)}${paint(style, "cyan", escapeLine(command))}`,
    );
  });
  const typed = commands.map((command) => paint(style, "cyan", escapeLine(command)));
  return section("Next", lines(...numbered, ...typed), style);
}

/** `--dir` as a part of a command that is to be typed where this one was; nothing for the current directory. */
export function dirFlag(directory: string): string {
  return directory === "." ? "" : ` --dir ${shellWord(directory)}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A title and, dimmed beside it or below where there is no room, what is worth knowing about it. */
export interface Titled {
  /** Before the text, perhaps in colours; `leadWidth` cells wide. */
  readonly lead: string;
  readonly leadWidth: number;
  readonly text: string;
  readonly aside?: string;
  readonly look?: (line: string) => string;
}

export function titled(
  { lead, leadWidth, text, aside = "", look = (line) => line }: Titled,
  style: Style,
): string {
  const title = hang(lead, text, style.width, { leadWidth, look });
  if (aside === "") return title;
  const dim = (line: string): string => paint(style, "dim", line);
  const fits = leadWidth + displayWidth(text) + 2 + displayWidth(aside) <= style.width;
  if (fits) return `${title}  ${dim(aside)}`;
  return lines(title, hang(" ".repeat(leadWidth), aside, style.width, { look: dim }));
}
