import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { assertNothingLeft, converseWith, runtimesIn } from "./copilot-conversation.ts";
import { startProvider, type Answer } from "./copilot-provider-server.ts";

const hang: Answer = { reply: () => undefined };

interface Talk {
  readonly child: ChildProcess;
  readonly output: Promise<string>;
  /** Where the conversation keeps its directory. */
  readonly parent: string;
}

/** A process of its own that waits for the answer of a provider that has been asked; then `during` and its end. */
async function inTheMiddle(mishap: string, during: (talk: Talk) => Promise<void> | void): Promise<Talk> {
  const parent = mkdtempSync(path.join(tmpdir(), "copilot-crash-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const asked = Promise.withResolvers<void>();
  const provider = await startProvider(() => {
    asked.resolve();
    return hang;
  });
  const script = path.join(import.meta.dirname, "copilot-talk.ts");
  const child = spawn(process.execPath, [script, provider.baseUrl, parent, mishap], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const talk = { child, output: text(child.stdout), parent };
  const exited = once(child, "exit");
  try {
    await Promise.race([asked.promise, exited]);
    await during(talk);
    await exited;
    return talk;
  } finally {
    child.kill("SIGKILL");
    await provider.close();
  }
}

/** All bytes of all files below a directory, names included. */
function everythingIn(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return entry.isFile() ? `${file}\n${readFileSync(file, "latin1")}` : file;
    })
    .join("\n");
}

/** No runtime goes on, no word is on the disk, and the next conversation removes the empty directories. */
async function expectNoTrace(parent: string): Promise<void> {
  await vi.waitFor(() => expect(runtimesIn(parent)).toEqual([]), { timeout: 5000, interval: 20 });
  expect(everythingIn(parent)).not.toMatch(/canary|plan/i);
  await converseWith(() => ({ call: [{ name: "submit_plan", args: {} }] }), { temporaryDirectory: parent });
  assertNothingLeft(parent);
}

describe("in the middle of a conversation", () => {
  it("nothing of it is on the disk, and no key is in what other processes can see", async () => {
    await inTheMiddle("handled", ({ child, parent }) => {
      const [runtime = 0, ...others] = runtimesIn(parent);

      expect(runtime).toBeGreaterThan(0);
      expect(others).toEqual([]);
      expect(everythingIn(parent)).toContain("gh-devlake-model-");
      expect(everythingIn(parent)).not.toMatch(/canary|plan/i);
      for (const file of ["cmdline", "environ"]) {
        expect(readFileSync(`/proc/${runtime}/${file}`, "latin1")).not.toContain("canary");
      }
      child.kill("SIGTERM");
    });
  });

  it.each(["SIGTERM", "SIGINT"] as const)("%s ends it, and all is removed", async (signal) => {
    const { output, parent } = await inTheMiddle("handled", ({ child }) => void child.kill(signal));

    expect(JSON.parse(await output)).toMatchObject({ end: "interrupted", turns: 1 });
    assertNothingLeft(parent);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGHUP"] as const)(
    "%s that nobody handles leaves no trace",
    async (signal) => {
      const { child, parent } = await inTheMiddle("none", (talk) => void talk.child.kill(signal));

      expect(child.signalCode).toBe(signal);
      await expectNoTrace(parent);
    },
  );

  it.each([
    ["crash", 1],
    ["exit", 130],
  ])("%s of our own leaves no trace", async (mishap, code) => {
    const { child, parent } = await inTheMiddle(mishap, (talk) => void talk.child.stdin?.write("now\n"));

    expect(child.exitCode).toBe(code);
    await expectNoTrace(parent);
  });

  it("the death of the runtime is noticed", async () => {
    const startedAt = performance.now();
    const { output, parent } = await inTheMiddle("none", (talk) => {
      for (const pid of runtimesIn(talk.parent)) process.kill(pid, "SIGKILL");
    });

    const account: unknown = JSON.parse(await output);
    expect(account).toMatchObject({ end: "runtime_failed" });
    expect(account).toHaveProperty("problem", expect.stringMatching(/^the Copilot runtime died/));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    assertNothingLeft(parent);
  });
});
