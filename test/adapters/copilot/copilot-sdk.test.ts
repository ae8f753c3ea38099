import { describe, expect, it } from "vitest";
import { isRuntimeLeftOut } from "../../../src/adapters/copilot/copilot-sdk.ts";

describe("the runtime of the Copilot SDK", () => {
  it.each([
    ["darwin-arm64", true],
    ["win32-x64", true],
    ["linux-arm64", true],
    ["linux-x64", false],
    ["sunos-x64", false],
  ])("on %s is left out: %s", (system, leftOut) => {
    expect(isRuntimeLeftOut(system)).toBe(leftOut);
  });
});
