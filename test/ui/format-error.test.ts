import { describe, expect, it } from "vitest";
import { RepairError } from "../../src/core/errors.ts";
import { formatError } from "../../src/ui/format-error.ts";
import { colour80, plain80 } from "./sample-plans.ts";

const known = new RepairError("no_compose_file", "no compose file in /srv/devlake", { hint: "give --dir" });

describe("formatError", () => {
  it("says what is wrong and what to do", () => {
    expect(formatError(known, plain80)).toBe("error: no compose file in /srv/devlake\nhint: give --dir");
    expect(formatError(new RepairError("usage", "unknown flag --foo"), plain80)).toBe(
      "error: unknown flag --foo",
    );
    expect(formatError(known, colour80)).toContain("\u001b[31merror:\u001b[39m");
  });

  it("asks for a report of what should not have happened", () => {
    const shown = formatError(new TypeError("x is not a function"), plain80);

    expect(shown).toMatchInlineSnapshot(`
      "error: x is not a function
      hint: this is a fault of gh devlake repair itself; run it again with --verbose
            and report what it prints"
    `);
  });

  it("shows stacks and causes only when asked", () => {
    const error = new RepairError("bad_plan", "cannot read it", { cause: new Error("the cause") });

    expect(formatError(error, plain80)).toBe("error: cannot read it");
    expect(formatError(error, plain80, { verbose: true })).toMatch(
      /error: cannot read it\n.*\n {4}at [^]*caused by Error: the cause\n {4}at/,
    );
  });

  it("ends on causes that go round in circles", () => {
    const error = new Error("a");
    error.cause = error;

    expect(formatError(error, plain80, { verbose: true }).match(/Error: a/g)).toHaveLength(1);
  });

  it("masks credentials and escapes what moves the cursor", () => {
    const error = new Error("cannot open mysql://merico:hunter2secret@mysql:3306\u001b[2J");

    const shown = formatError(error, plain80, { verbose: true });

    expect(shown).not.toContain("hunter2secret");
    expect(shown).not.toContain("\u001b");
  });

  it.each([undefined, null, "", 42, {}])("says something of %j as well", (thrown) => {
    expect(formatError(thrown, plain80)).toMatch(/^error: \S/);
  });
});
