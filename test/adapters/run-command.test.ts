import { describe, expect, it } from "vitest";
import { createRunCommand } from "../../src/adapters/run-command.ts";

const run = createRunCommand({ PATH: process.env["PATH"], GREETING: "hello" });

describe("a program", () => {
  it("gets its arguments as they are, the given environment alone, and nothing on stdin", async () => {
    const args = [
      "-c",
      'cat; echo "$1|$GREETING|${HOME-unset}"; echo oops >&2; exit 3',
      "sh",
      "a b; $(id) *",
    ];

    expect(await run("sh", args, { timeoutMs: 5000 })).toEqual({
      kind: "exited",
      exitCode: 3,
      stdout: "a b; $(id) *|hello|unset\n",
      stderr: "oops\n",
    });
  });

  it("is ended when it takes too long, though a child of its own holds the output open", async () => {
    const before = performance.now();

    expect(await run("sh", ["-c", "sleep 8 & wait"], { timeoutMs: 100 })).toEqual({ kind: "timed_out" });
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it.each(["no-such-program", "/etc/passwd"])("that cannot be run is not found: %s", async (file) => {
    expect(await run(file, [], { timeoutMs: 5000 })).toEqual({ kind: "not_found" });
  });

  it("is not blamed for a missing directory", async () => {
    await expect(run("true", [], { timeoutMs: 5000, cwd: "/nonexistent" })).rejects.toMatchObject({
      code: "file_unreadable",
      message: "/nonexistent is not a directory",
    });
  });
});
