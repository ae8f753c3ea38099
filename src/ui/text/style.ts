import { styleText } from "node:util";

/** How a text may look. Every `format-*` function takes one and asks nothing else of its surroundings. */
export interface Style {
  readonly colour: boolean;
  /** Columns, 40 to 160. */
  readonly width: number;
  /** Whether glyphs outside ASCII can be shown. */
  readonly unicode: boolean;
}

/** What a style is chosen from: the environment and the stream that the text goes to. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly platform: NodeJS.Platform;
}

const MIN_WIDTH = 40;
const MAX_WIDTH = 160;
const DEFAULT_WIDTH = 80;

export function chooseStyle(around: Surroundings): Style {
  const columns = around.columns !== undefined && around.columns > 0 ? around.columns : DEFAULT_WIDTH;
  return {
    colour: wantsColour(around),
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns)),
    unicode: showsUnicode(around),
  };
}

/** Whether a line can be redrawn in place: a person's terminal, not a log that only looks like one. */
export function isLive({ env, isTty }: Surroundings): boolean {
  return isTty && env["TERM"] !== "dumb" && !isSet(env["CI"]);
}

// NO_COLOR as https://no-color.org has it; FORCE_COLOR as Node has it, where 0 and false mean off.
function wantsColour({ env, isTty }: Surroundings): boolean {
  if (isSet(env["NO_COLOR"])) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTty && env["TERM"] !== "dumb" && !isSet(env["CI"]);
}

function showsUnicode({ env, platform }: Surroundings): boolean {
  if (platform === "win32") {
    // The old console host shows raster fonts; these variables are set by the terminals that do not.
    return ["WT_SESSION", "TERM_PROGRAM", "ConEmuTask", "MSYSTEM"].some((name) => isSet(env[name]));
  }
  if (env["TERM"] === "linux") return false;
  // The first that is not empty wins: POSIX, "Environment Variables", 8.2.
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(isSet);
  if (locale === undefined) return platform === "darwin";
  return /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

export type Paint = Parameters<typeof styleText>[0];

/** `text` in the given colours, or as it is when the style has none. Never empty escape pairs. */
export function paint(style: Style, format: Paint, text: string): string {
  return style.colour && text !== "" ? styleText(format, text, { validateStream: false }) : text;
}

export interface Symbols {
  readonly ok: string;
  readonly bad: string;
  readonly warn: string;
  readonly info: string;
  readonly ellipsis: string;
  /** Begins the rest of a line that was too long. */
  readonly rest: string;
  readonly spinner: readonly string[];
}

const unicodeSymbols: Symbols = {
  ok: "✓",
  bad: "✗",
  warn: "!",
  info: "•",
  ellipsis: "…",
  rest: "↳",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

const asciiSymbols: Symbols = {
  ok: "+",
  bad: "x",
  warn: "!",
  info: "-",
  ellipsis: "...",
  rest: ">",
  spinner: ["|", "/", "-", "\\"],
};

export function symbolsOf(style: Style): Symbols {
  return style.unicode ? unicodeSymbols : asciiSymbols;
}
