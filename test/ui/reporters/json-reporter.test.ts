import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { EventLineSchema } from "../../../src/core/records/events.ts";
import { jsonReporter } from "../../../src/ui/reporters/json-reporter.ts";
import { RecordingOutput } from "../recording-output.ts";
import { sampleRun, sampleUndo } from "../sample-run.ts";

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

it("writes every type of event, each as the published schema has it and with nothing more", () => {
  const output = new RecordingOutput(undefined);
  const validate = new Ajv({ strict: true }).compile(
    JSON.parse(readFileSync("schemas/repair-events.v1.schema.json", "utf8")),
  );
  const known = EventLineSchema.def.left.options.map((option) => option.shape.type.value);

  for (const event of [...sampleRun, ...sampleUndo]) jsonReporter(output, now).emit(event);

  const lines = output.written.trimEnd().split("\n");
  const types = lines.map((line) => {
    const value: unknown = JSON.parse(line);
    expect(validate(value) ? [] : validate.errors, line).toEqual([]);
    // What the schema does not know, it drops.
    const parsed = EventLineSchema.parse(value);
    expect(parsed).toEqual(value);
    return parsed.type;
  });
  expect([...new Set(types)].toSorted()).toEqual(known.toSorted());
  const documented = [...readFileSync("docs/events.md", "utf8").matchAll(/^\| `(\w+)` /gm)];
  expect(documented.map(([, type]) => type)).toEqual(known);
});

it("is harmless to look at", () => {
  const output = new RecordingOutput(undefined);

  jsonReporter(output, now).emit({ type: "note", text: "\u202e\u009b\u{e0041}" });

  expect(output.written).toContain('"\\u202e\\u009b\\udb40\\udc41"');
});
