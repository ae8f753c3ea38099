import { expect, it } from "vitest";
import { jsonReporter } from "../../src/ui/json-reporter.ts";
import { RecordingOutput } from "./recording-output.ts";
import { sampleRun } from "./sample-run.ts";

const now = (): Date => new Date("2026-11-22T10:20:00Z");

it("writes every event as one JSON object a line", () => {
  const output = new RecordingOutput(undefined);
  const reporter = jsonReporter(output, now);

  for (const event of sampleRun) reporter.emit(event);

  const lines = output.written.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    sampleRun.map((event) => ({ ...event, at: "2026-11-22T10:20:00.000Z" })),
  );
  expect(lines[1]).toBe(
    '{"type":"stage_done","at":"2026-11-22T10:20:00.000Z","stage":"inspect","text":"48 facts of project devlake","ms":1240}',
  );
});

it("is harmless to look at", () => {
  const output = new RecordingOutput(undefined);

  jsonReporter(output, now).emit({ type: "note", text: "\u202e\u009b\u{e0041}" });

  expect(output.written).toContain('"\\u202e\\u009b\\udb40\\udc41"');
});
