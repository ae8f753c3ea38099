import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { deadlineIn } from "../../../src/apply/deadline.ts";
import { nodeClock } from "../../../src/adapters/node/node-clock.ts";
import { runComposeAction, type ComposeAction } from "../../../src/adapters/compose/compose-run.ts";

/** A shell script in place of Compose, and the lines that came from it. */
function script(text: string, options: Partial<ComposeAction> = {}) {
  const lines: string[] = [];
  const action: ComposeAction = {
    file: "sh",
    args: ["-c", text],
    environment: { PATH: process.env["PATH"], TAG: "v1" },
    directory: tmpdir(),
    project: "p",
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    onLine: (line) => void lines.push(line),
    ...options,
  };
  return { action, lines };
}

/** Whether a process still runs; one that only waits for its parent to take note (Z) does not. */
function isRunning(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("a run", () => {
  it("gives the lines of both streams, with plain progress and no stdin", async () => {
    const { action, lines } = script(
      'cat; echo "$COMPOSE_ANSI $COMPOSE_PROGRESS $TAG ${HOME-unset}"; echo " Container a  Started" >&2',
    );

    expect(await runComposeAction(action)).toEqual({ kind: "ok" });
    expect(lines.toSorted()).toEqual([" Container a  Started", "never plain v1 unset"]);
  });

  it("that fails keeps the text, and of a long one the end", async () => {
    const short = script("echo started; echo 'Error response from daemon' >&2; exit 17");
    const long = script(
      "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; echo cause >&2; exit 1",
    );

    const outcome = await runComposeAction(long.action);

    expect(await runComposeAction(short.action)).toEqual({
      kind: "failed",
      exitCode: 17,
      stderr: "started\nError response from daemon",
    });
    expect(outcome).toMatchObject({ kind: "failed", stderr: expect.stringMatching(/line 19999\ncause$/) });
    expect(outcome.kind === "failed" && outcome.stderr.length).toBeLessThanOrEqual(64 * 1024);
  });

  it("may print a line that never ends, of which the beginning is kept", async () => {
    const { action, lines } = script("head -c 300000000 /dev/zero | tr '\\0' x; echo; printf 'a\\r\\nb'");
    const before = process.memoryUsage().rss;

    expect(await runComposeAction(action)).toEqual({ kind: "ok" });
    expect(lines.map(({ length }) => length > 100_000)).toEqual(lines.map(() => false));
    expect(lines.slice(1)).toEqual(["a", "b"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  it("takes no program from the directory, and gives none of our variables on", async () => {
    const directory = mkdtempSync(join(tmpdir(), "compose-run-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "sh"), "#!/bin/sh\necho planted\n");
    chmodSync(join(directory, "sh"), 0o755);
    const environment = { PATH: `.::${process.env["PATH"]}`, GH_DEVLAKE_SIGNING_KEY: "canary", TAG: "v1" };
    const { action, lines } = script('echo "$TAG|$COMPOSE_REMOVE_ORPHANS|$GH_DEVLAKE_SIGNING_KEY"', {
      directory,
      environment,
    });

    expect(await runComposeAction(action)).toEqual({ kind: "ok" });
    expect(lines).toEqual(["v1|0|"]);
  });

  it("of a program that is not there has failed", async () => {
    const { action } = script("", { file: "no-such-compose" });

    expect(await runComposeAction(action)).toMatchObject({
      kind: "failed",
      exitCode: 128,
      stderr: expect.stringContaining("ENOENT"),
    });
  });
});

describe("a run that takes too long", () => {
  it("is started with whatever a deadline leaves of its time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 60, max: 86_400 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 30_000, noNaN: true }),
        async (seconds, begun, passed) => {
          let now = begun;
          const deadline = deadlineIn(seconds * 1000, { ...nodeClock, monotonicMs: () => now });
          now += passed;

          const { action } = script("exit 0", { timeoutMs: deadline.remainingMs() });

          expect(await runComposeAction(action)).toEqual({ kind: "ok" });
        },
      ),
      { numRuns: 15 },
    );
  });

  it("is asked to stop as a terminal would, and so are its children", async () => {
    const { action, lines } = script("trap 'echo stopping; exit 0' INT; sh -c 'echo $$; exec sleep 30'", {
      timeoutMs: 1500,
    });

    expect(await runComposeAction(action)).toEqual({ kind: "timed_out" });
    const [child = "", ...rest] = lines;
    expect(rest).toEqual(["stopping"]);
    expect(isRunning(child)).toBe(false);
  });

  it("is killed with its children when it does not listen", async () => {
    const { action, lines } = script("trap '' INT; sh -c 'echo $$; while :; do sleep 30; done'; echo no", {
      timeoutMs: 1500,
    });

    expect(await runComposeAction(action, 300)).toEqual({ kind: "timed_out" });
    const [child = ""] = lines;
    expect(child).toMatch(/^\d+$/);
    await expect.poll(() => isRunning(child)).toBe(false);
  });
});

describe("an interrupted run", () => {
  it("ends, and says that it was interrupted", async () => {
    const controller = new AbortController();
    const { action, lines } = script("trap 'echo stopping; exit 130' INT; sh -c 'echo up; exec sleep 30'", {
      signal: controller.signal,
    });
    const onLine = (line: string): void => {
      lines.push(line);
      if (line === "up") controller.abort();
    };

    expect(await runComposeAction({ ...action, onLine })).toEqual({ kind: "interrupted" });
    expect(lines).toEqual(["up", "stopping"]);
  });

  it("is not even started when it was interrupted before", async () => {
    const { action, lines } = script("echo started", { signal: AbortSignal.abort() });

    expect(await runComposeAction(action)).toEqual({ kind: "interrupted" });
    expect(lines).toEqual([]);
  });
});
