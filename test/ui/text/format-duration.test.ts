import { expect, it } from "vitest";
import { formatDuration, formatElapsed } from "../../../src/ui/text/format-duration.ts";

it.each([
  [0, "0 ms"],
  [-5, "0 ms"],
  [40.4, "40 ms"],
  [999, "999 ms"],
  [999.6, "1.0 s"],
  [3240, "3.2 s"],
  [9960, "10 s"],
  [59_400, "59 s"],
  [59_600, "1 min"],
  [125_000, "2 min 5 s"],
  [3_599_600, "1 h"],
  [3_780_000, "1 h 3 min"],
])("%d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  [300, "0 s"],
  [1900, "1 s"],
  [61_500, "1 min 1 s"],
])("ticks in whole seconds: %d ms is %s", (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});
