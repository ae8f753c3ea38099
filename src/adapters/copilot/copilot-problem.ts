import { createRedactor } from "../../core/masking/redact.ts";
import type { CallFailure } from "./copilot-record.ts";

const MAX_CHARACTERS = 300;

/** Makes what a runtime or a provider said fit to be shown: one short line without control characters and secrets. */
export type Clean = (text: string) => string;

export function createClean(secrets: readonly string[]): Clean {
  const redact = createRedactor(secrets);
  return (text) => {
    const line = redact(messageIn(text))
      .replaceAll(/[\p{C}\s]+/gu, " ")
      .trim()
      .replace(/\.$/, "");
    return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS).toWellFormed()}...`;
  };
}

/** Providers answer with `{"message": ...}`, the runtime with a JSON string. */
function messageIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null || !("message" in value)) return text;
    return typeof value.message === "string" ? value.message : text;
  } catch {
    // Plain text, as it should be.
    return text;
  }
}

/**
 * Whether to give up after these failed calls. The runtime would retry 5 times, for up to a minute, and an
 * hour when the provider asks for it: what a retry cannot mend ends at once, the rest at the third time.
 */
export function isEnough(failures: readonly CallFailure[]): boolean {
  const last = failures.at(-1);
  if (last === undefined) return false;
  const { status } = last;
  if (status === 429) return failures.length >= 2;
  if (status !== undefined && status >= 300 && status < 500 && status !== 408) return true;
  return failures.length >= 3;
}

/** The last of them in words; undefined when there is none. */
export function failuresText(failures: readonly CallFailure[], clean: Clean): string | undefined {
  const last = failures.at(-1);
  if (last === undefined) return undefined;
  const times = failures.length === 1 ? "" : ` ${failures.length} times`;
  const unreachable = /\[(E[A-Z]{4,})\]/.exec(last.text)?.[1];
  if (last.status === undefined && unreachable !== undefined) {
    return `the provider could not be reached${times} (${unreachable}), check its address and that it runs`;
  }
  const said = clean(last.text);
  const what = last.status === undefined ? "gave no usable answer" : `answered with status ${last.status}`;
  return `the provider ${what}${times}${hintFor(last.status)}${said === "" ? "" : `: ${said}`}`;
}

function hintFor(status: number | undefined): string {
  if (status === 401 || status === 403) return ", check the key or token";
  if (status === 404) return ", check the model's name and the base URL";
  if (status === 429) return ", its limit is reached";
  return "";
}
