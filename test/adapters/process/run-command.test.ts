import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRunCommand } from "../../../src/adapters/process/run-command.ts";

const run = createRunCommand({ PATH: process.env["PATH"], GREETING: "hello" });

/** One that has ended and was not waited for is a zombie, which still has its number. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

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

  it("is killed at its time when it does not mind being asked", async () => {
    const before = performance.now();
    const stubborn = ["-c", "trap '' TERM INT HUP; while :; do sleep 0.1; done"];

    expect(await run("sh", stubborn, { timeoutMs: 300 })).toEqual({ kind: "timed_out" });
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it("takes along what it has started, when it takes too long", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "run-command-"));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    // As `docker` starts `docker-compose`: the second one goes on when the first is killed.
    const script = "sh -c 'echo $$ >pid; while :; do sleep 0.05; done' & wait";

    expect(await run("sh", ["-c", script], { timeoutMs: 1000, cwd })).toEqual({ kind: "timed_out" });

    const pid = Number(readFileSync(join(cwd, "pid"), "utf8"));
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it("that takes all memory is broken off, also by what it starts", async () => {
    // Elsewhere nothing says it without a program, and the deadline is the bound.
    if (platform() !== "linux") return;
    // It stops by itself at 2 GiB: a bound that did not hold must not take the machine along.
    const greedy =
      "const held = []; setInterval(() => { if (held.length < 32) held.push(Buffer.alloc(64 * 1024 * 1024, 1)); }, 20)";
    const script = `"${process.execPath}" -e "${greedy}" & wait`;

    expect(await run("sh", ["-c", script], { timeoutMs: 60_000 })).toEqual({
      kind: "broken_off",
      reason: "`sh` took more than 1024 MiB of memory",
    });
  });

  it.each(["KILL", "TERM", "SEGV"])("that something else ends by SIG%s is said so", async (signal) => {
    expect(await run("sh", ["-c", `echo secret; kill -${signal} $$`], { timeoutMs: 5000 })).toEqual({
      kind: "broken_off",
      reason: `\`sh\` was ended by SIG${signal}`,
    });
  });

  it("that prints without end is broken off", async () => {
    expect(await run("yes", [], { timeoutMs: 20_000 })).toEqual({
      kind: "broken_off",
      reason: "`yes` printed more than 8 MiB",
    });
  });

  it("that is aborted rejects", async () => {
    const signal = AbortSignal.timeout(50);

    await expect(run("sleep", ["8"], { timeoutMs: 5000, signal })).rejects.toMatchObject({
      code: "ABORT_ERR",
    });
  });

  it.each(["no-such-program", "/etc/passwd"])("that cannot be run is not found: %s", async (file) => {
    expect(await run(file, [], { timeoutMs: 5000 })).toEqual({ kind: "not_found" });
  });

  it("is never taken from the working directory, whatever PATH says", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "run-command-"));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    writeFileSync(join(cwd, "uname"), "#!/bin/sh\necho planted\n");
    chmodSync(join(cwd, "uname"), 0o755);
    const usual = process.env["PATH"] ?? "";

    for (const path of [`.:${usual}`, `:${usual}`, `${usual}:`, `./:${usual}`]) {
      const lost = createRunCommand({ PATH: path });
      expect(await lost("uname", [], { timeoutMs: 5000, cwd })).toMatchObject({
        stdout: expect.not.stringContaining("planted"),
      });
      const nested = await lost("sh", ["-c", 'uname; echo "$PATH"'], { timeoutMs: 5000, cwd });
      expect(nested).toMatchObject({ stdout: expect.not.stringContaining("planted") });
    }
    expect(await createRunCommand({ PATH: "." })("uname", [], { timeoutMs: 5000, cwd })).toEqual({
      kind: "not_found",
    });
    expect(await run("./uname", [], { timeoutMs: 5000, cwd })).toEqual({ kind: "not_found" });
  });

  it("gets no variable of ours", async () => {
    const env = { PATH: process.env["PATH"], GH_DEVLAKE_SIGNING_KEY: "canary", OTHER: "seen" };

    const ran = await createRunCommand(env)("sh", ["-c", "export"], { timeoutMs: 5000 });

    expect(ran).toMatchObject({ stdout: expect.stringContaining("seen") });
    expect(JSON.stringify(ran)).not.toMatch(/GH_DEVLAKE|canary/);
  });

  it("is not blamed for a missing directory", async () => {
    await expect(run("true", [], { timeoutMs: 5000, cwd: "/nonexistent" })).rejects.toMatchObject({
      code: "file_unreadable",
      message: "/nonexistent is not a directory",
    });
  });
});
