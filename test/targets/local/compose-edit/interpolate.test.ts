import { describe, expect, it } from "vitest";
import { interpolate, pieceHolding } from "../../../../src/core/masking/interpolate.ts";

const values = new Map([
  ["SET", "v"],
  ["EMPTY", ""],
]);

function lookup(name: string): string | undefined {
  return values.get(name);
}

describe("interpolate", () => {
  // Each pair was compared with `docker compose config` by test/e2e/compose-edit.test.ts.
  it.each([
    ["$SET-${SET}", "v-v"],
    ["${NONE:-a}${NONE-a}", "aa"],
    ["${EMPTY:-a}${EMPTY-a}", "a"],
    ["${SET:-a}${SET-a}", "vv"],
    ["${SET:+a}${SET+b}", "ab"],
    ["${EMPTY:+a}${EMPTY+b}", "b"],
    ["${NONE:+a}${NONE+b}", ""],
    ["${NONE:-${NONE2:-x}}y", "xy"],
    ["${NONE:-$SET}", "v"],
    ["${SET:?needed}", "v"],
    ["$$SET $${SET}", "$SET ${SET}"],
    ["${NONE:-}", ""],
  ])("%s becomes %s", (source, wanted) => {
    expect(interpolate(source, lookup)).toMatchObject({ text: wanted, problem: undefined });
  });

  it.each([
    ["${NONE:?needed}", /NONE is required/],
    ["${EMPTY:?needed}", /EMPTY is required/],
    ["${SET", /never closed/],
    ["${1}", /not a variable/],
    ["${SET!x}", /not a variable/],
    ["a $ b", /no variable name/],
    ["${A:-".repeat(20_000) + "}".repeat(20_000), /nested more than 50 deep/],
  ])("%s has a problem", (source, problem) => {
    expect(interpolate(source, lookup).problem).toMatch(problem);
  });

  it("knows where each part was written", () => {
    const source = "$SET:${NONE:-${N2:-8080}}:80";
    const traced = interpolate(source, lookup);

    expect(traced.text).toBe("v:8080:80");
    expect(pieceHolding(traced, 0, 1)?.origin).toEqual({ kind: "variable", name: "SET" });
    expect(pieceHolding(traced, 2, 6)?.origin).toEqual({ kind: "written", offset: source.indexOf("8080") });
    expect(pieceHolding(traced, 1, 6)).toBeUndefined();
  });

  it("lists the variables that have no value", () => {
    expect(interpolate("$A ${B} ${C:-1} $SET $EMPTY", lookup).unset).toEqual(["A", "B"]);
  });
});
