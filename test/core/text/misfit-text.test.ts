import { expect, test } from "vitest";
import { z } from "zod";
import { misfitText, placedMisfit } from "../../../src/core/text/misfit-text.ts";
import { cpuMs } from "../../cpu-time.ts";

const schema = z.strictObject({
  share: z.number().max(1).optional(),
  list: z.array(z.enum(["a", "b"])).optional(),
  nested: z.strictObject({ url: z.url() }).optional(),
  name: z.string(),
});

function said(value: unknown): readonly string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map((issue) => placedMisfit(issue, value));
}

test.each<[unknown, string]>([
  [{ name: "n", share: 9 }, "share: 9 does not fit: too big: expected number to be <=1"],
  [{ name: "n", list: ["a", "c"] }, 'list.1: "c" does not fit: invalid option: expected one of "a"|"b"'],
  [{ name: "n", nested: { url: "nowhere" } }, 'nested.url: "nowhere" does not fit: invalid URL'],
  [{ name: [] }, "name: a list does not fit: invalid input: expected string, received array"],
  [{ name: {} }, "name: a map does not fit: invalid input: expected string, received object"],
  [{ name: null }, "name: null does not fit: invalid input: expected string, received null"],
  [{ name: "n", limits: 1 }, 'unknown field "limits"'],
  [{}, "name: it is missing"],
  [7, "7 does not fit: invalid input: expected object, received number"],
])("%j: %s", (value, text) => {
  expect(said(value)).toEqual([text]);
});

test("megabytes are not repeated", () => {
  const value = { name: "n", list: ["x".repeat(8_000_000)] };

  expect(said(value)[0]?.length).toBeLessThan(150);
  expect(cpuMs(() => said(value))).toBeLessThan(100);
});

test("what is inherited is not the file's", () => {
  const issue = z.string().safeParse(1).error?.issues[0];

  if (issue === undefined) throw new Error("it fits");
  expect(misfitText({ ...issue, path: ["constructor"] }, {})).toBe("it is missing");
});
