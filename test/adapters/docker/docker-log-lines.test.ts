import { expect, test } from "vitest";
import { logLines } from "../../../src/adapters/docker/docker-log-lines.ts";

function frame(stream: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

test("both streams in the order of their lines' ends", () => {
  const log = Buffer.concat([frame(1, "a\nb"), frame(2, "error\n"), frame(1, "c\n"), frame(2, "last")]);

  expect(logLines(log, false)).toEqual(["a", "error", "bc", "last"]);
});

test("a character that two frames share", () => {
  const bytes = Buffer.from("é\n");

  expect(
    logLines(Buffer.concat([frame(1, bytes.subarray(0, 1)), frame(1, bytes.subarray(1))]), false),
  ).toEqual(["é"]);
});

test("a terminal's log has no frames and ends its lines with CR LF", () => {
  expect(logLines(Buffer.from("one\r\n\u0001two\r\n"), true)).toEqual(["one", "\u0001two"]);
});

test("a log that is cut within a header or a frame, or not framed at all", () => {
  expect(logLines(Buffer.concat([frame(1, "a\n"), frame(1, "whole line\n").subarray(0, 13)]), false)).toEqual(
    ["a", "whole"],
  );
  expect(logLines(Buffer.from("plain\ntext\n"), false)).toEqual(["plain", "text"]);
  expect(logLines(Buffer.alloc(0), false)).toEqual([]);
});
