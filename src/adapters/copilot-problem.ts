import { createRedactor } from "../core/redact.ts";
import type { CallFailure } from "./copilot-record.ts";

const MAX_CHARACTERS = 300;

/** Makes what a runtime or a provider said fit to be shown: one short line without control characters and secrets. */
export function problemText(text: string, secrets: readonly string[]): string {
  const line = createRedactor(secrets)(text)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS).toWellFormed()}...`;
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
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) return true;
  return failures.length >= 3;
}

export function failuresText(failures: readonly CallFailure[]): string | undefined {
  const last = failures.at(-1);
  if (last === undefined) return undefined;
  const what = last.status === undefined ? "gave no usable answer" : `answered with status ${last.status}`;
  const times = failures.length === 1 ? "" : ` (call ${failures.length} in a row)`;
  return `the provider ${what}${times}${hintFor(last.status)}${last.text === "" ? "" : `: ${last.text}`}`;
}

function hintFor(status: number | undefined): string {
  if (status === 401 || status === 403) return ", check the key or token";
  if (status === 404) return ", check the model's name and the base URL";
  if (status === 429) return ", its limit is reached: try again later";
  return "";
}
