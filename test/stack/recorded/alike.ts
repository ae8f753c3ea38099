import { expect } from "vitest";
import { type StartShape, cut } from "./shapes.ts";

/** How many frames a stack has beyond the handler differs with what it called. */
export const slackInHandlers = 26;

/** `found`, with `×N` as expected where it is near enough, and cut where the recording is. */
function alike(found: readonly string[], expected: readonly string[], slack: number): readonly string[] {
  const at = expected.indexOf(cut);
  const whole =
    at === -1
      ? found
      : [...found.slice(0, at), cut, ...found.slice(Math.max(at, found.length - (expected.length - at - 1)))];
  return whole.map((line, index) => {
    const [wanted, times] = [
      /^(frame|walked|call)(?: ×(\d+))?$/.exec(expected[index] ?? ""),
      /^(frame|walked|call)(?: ×(\d+))?$/.exec(line),
    ];
    if (!wanted || !times || wanted[1] !== times[1]) return line;
    const besideCut = expected[index - 1] === cut || expected[index + 1] === cut;
    const difference = Math.abs(Number(wanted[2] ?? 1) - Number(times[2] ?? 1));
    return besideCut || difference <= slack ? (expected[index] ?? line) : line;
  });
}

export function expectAlike(
  found: StartShape,
  expected: StartShape,
  without: readonly string[],
  slack: number,
): void {
  expect(found.exitCode).toBe(expected.exitCode);
  const said = [...expected.stdout, ...expected.answering];
  if (said.includes(cut)) {
    const whole = said.slice(0, said.indexOf(cut));
    expect([...found.stdout, ...found.answering].slice(0, whole.length)).toEqual(whole);
  }
  const streams = said.includes(cut) ? (["stderr"] as const) : (["stderr", "stdout", "answering"] as const);
  for (const stream of streams)
    if (!without.includes(stream))
      expect(alike(found[stream], expected[stream], slack)).toEqual(expected[stream]);
}

/** A recording that was cut has no cause to compare. */
export function withoutCauses(found: readonly string[], expected: readonly string[]): readonly string[] {
  return found.map((shape, index) =>
    expected[index]?.endsWith("| error") ? shape.replace(/\| error: .*/, "| error") : shape,
  );
}
