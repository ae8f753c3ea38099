import * as fc from "../../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { stateFileText } from "../../../../src/targets/local/tools/state-file-text.ts";

const endpoints = {
  backend: "http://localhost:8085",
  grafana: "http://localhost:3004",
  configUi: "http://localhost:4004",
};

const old = {
  backend: "http://localhost:8080",
  grafana: "http://localhost:3002",
  configUi: "http://localhost:4000",
};

const key = fc
  .string({ unit: "binary", maxLength: 8 })
  .filter((name) => name !== "endpoints" && name !== "__proto__");
const document = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5, noNullPrototype: true });

describe("stateFileText", () => {
  it("makes a new file with the least that gh-devlake reads", () => {
    expect(JSON.parse(stateFileText(undefined, endpoints))).toEqual({ method: "local", endpoints });
  });

  it("changes only the values of the endpoints, whatever else the file holds and however it is laid out", () => {
    fc.assert(
      fc.property(
        document,
        fc.constantFrom(undefined, 2, 4, "\t"),
        fc.constantFrom("", "\n", "\r\n"),
        fc.boolean(),
        (rest, indent, end, first) => {
          const value = first ? { endpoints: old, ...rest } : { ...rest, endpoints: old };
          const before = JSON.stringify(value, undefined, indent) + end;

          const after = stateFileText(before, endpoints);

          const expected = first ? { endpoints, ...rest } : { ...rest, endpoints };
          expect(after).toBe(JSON.stringify(expected, undefined, indent) + end);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["no endpoints", { method: "local" }],
    ["an empty list of them", { method: "local", endpoints: {} }],
    ["nothing in their place", { method: "local", endpoints: null }],
    ["some of them", { method: "local", endpoints: { backend: old.backend, extra: 1 } }],
  ])("adds what is missing to a file with %s", (_name, value) => {
    const after = JSON.parse(stateFileText(JSON.stringify(value), endpoints)) as Record<string, unknown>;

    expect(after["method"]).toBe("local");
    expect(after["endpoints"]).toMatchObject(endpoints);
  });
});
