import { describe, expect, it } from "vitest";
import { assignmentOf, readEnvFile } from "../../../../src/core/masking/env-source.ts";

function values(text: string): Record<string, string> {
  const { assignments } = readEnvFile(".env", text, (name) => (name === "OUTER" ? "o" : undefined));
  return Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
}

describe("readEnvFile", () => {
  // The expected values are those of `docker compose config` for the same file, which the e2e test asks.
  it("reads what Compose reads", () => {
    const text =
      '\uFEFF# first\r\nexport A=5 # c\r\nB: 6\nC="7"\nD=8#9\nF = 3\nG=a"b\n\n  H=\'$A\'\nI="$A$OUTER"\nJ=\nK=\'two\nlines\'\nL=last';

    expect(values(text)).toEqual({
      A: "5",
      B: "6",
      C: "7",
      D: "8#9",
      F: "3",
      G: 'a"b',
      H: "$A",
      I: "5o",
      J: "",
      K: "two\nlines",
      L: "last",
    });
  });

  it("gives the bytes of a value without its quotes and comment", () => {
    const text = "A=1\nexport PORT = '8080' # keep\r\n";
    const assignment = assignmentOf(
      readEnvFile(".env", text, () => undefined),
      "PORT",
    );

    expect(text.slice(assignment?.start, assignment?.end)).toBe("8080");
  });

  it("lets the last assignment win", () => {
    const file = readEnvFile(".env", "A=1\nA=2\n", () => undefined);

    expect(assignmentOf(file, "A")?.value).toBe("2");
  });

  it("says where a quote is left open", () => {
    expect(readEnvFile(".env", 'A=1\nB="x\nC=2\n', () => undefined).unclosed).toEqual({ name: "B", at: 6 });
  });

  it("goes on after a line that assigns nothing", () => {
    expect(values("what is this\nINHERITED\nA=1\n")).toEqual({ A: "1" });
  });
});
