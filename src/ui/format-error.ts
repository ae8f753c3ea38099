import { errorText, RepairError } from "../core/errors.ts";
import { createRedactor, type Redact } from "../core/masking/redact.ts";
import { escapeText } from "./text/escape.ts";
import { lines } from "./text/section.ts";
import { paint, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

export interface ErrorOptions {
  /** Adds the stack and the causes. */
  readonly verbose?: boolean;
  /** Takes out known secrets; what looks like a credential goes without it. */
  readonly redact?: Redact;
}

const REPORT =
  "this is a fault of gh devlake repair itself; run it again with --verbose and report what it prints";
const REPORT_VERBOSE = "this is a fault of gh devlake repair itself; report it with the lines below";

/** `error: message` and `hint: what to do`, for anything thrown. */
export function formatError(thrown: unknown, style: Style, options: ErrorOptions = {}): string {
  const { verbose = false, redact = createRedactor([]) } = options;
  const known = thrown instanceof RepairError && thrown.code !== "internal";
  const hint = known ? thrown.hint : verbose ? REPORT_VERBOSE : REPORT;
  const message = errorText(thrown).trim() || "unknown error";
  return lines(
    labelled("error:", "red", redact(message), style),
    hint === undefined ? undefined : labelled("hint:", "cyan", redact(hint), style),
    verbose ? escapeText(redact(stackOf(thrown))) : undefined,
  );
}

function labelled(label: string, colour: "red" | "cyan", text: string, style: Style): string {
  const lead = `${paint(style, ["bold", colour], label)} `;
  return hang(lead, escapeText(text), style.width, { leadWidth: label.length + 1 });
}

/** The stack of an error and of each of its causes. */
function stackOf(thrown: unknown): string {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (let error = thrown; error !== undefined && !seen.has(error);) {
    seen.add(error);
    const text = error instanceof Error ? (error.stack ?? error.message) : errorText(error);
    stacks.push(stacks.length === 0 ? text : `caused by ${text}`);
    error = error instanceof Error ? error.cause : undefined;
  }
  return stacks.join("\n");
}
