import { describe, expect, it } from "vitest";
import * as fc from "../../../seeded-fast-check.ts";
import {
  readSavedSecrets,
  savedSecretsText,
} from "../../../../src/targets/local/losses/saved-secrets-file.ts";

const at = new Date("2026-11-30T12:00:00Z");
const text = (...pairs: (readonly [string, string])[]) => savedSecretsText("devlake-1", "devlake", at, pairs);

describe("a file of saved secrets", () => {
  it("is written as Compose reads it", () => {
    expect(
      text(
        ["ENCRYPTION_SECRET", 'A$B#C "x"'],
        ["SESSION_SECRET", `it's \\ $HOME "so"`],
        ["GF_SECURITY_SECRET_KEY", "two\nlines"],
      )
        .split("\n")
        .slice(2),
    ).toEqual([
      `ENCRYPTION_SECRET='A$B#C "x"'`,
      String.raw`SESSION_SECRET="it's \\ \$HOME \"so\""`,
      String.raw`GF_SECURITY_SECRET_KEY="two\nlines"`,
      "",
    ]);
  });

  it("gives back every value exactly, whatever it holds", () => {
    const value = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
      fc.string({
        minLength: 1,
        maxLength: 20,
        unit: fc.constantFrom("'", '"', "\\", "$", "\n", "\r", "n", "#", " ", "{"),
      }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        const pairs = values.map((one, index) => [`NAME_${index}`, one] as const);

        expect(readSavedSecrets(text(...pairs))).toEqual(pairs);
      }),
    );
  });

  it("has a container's name in one line, whatever that name is", () => {
    const written = savedSecretsText("a\nB='planted'", "p", at, [["A", "x"]]);

    expect(readSavedSecrets(written)).toEqual([["A", "x"]]);
  });
});
