import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquireSocketLock } from "../../../src/adapters/state/socket-lock.ts";
import type { LockOwner } from "../../../src/ports/lock.ts";
import { holdName } from "./locked-name.ts";

const owner: LockOwner = {
  pid: 4711,
  host: "here",
  user: "ben",
  startedAt: "2026-11-22T10:20:00.000Z",
  command: "gh devlake repair --apply plan.yaml",
};

type Holder = ChildProcessByStdio<Writable, Readable, null>;

let digest = "";
const started = new Set<Holder>();

beforeEach(() => {
  digest = randomBytes(16).toString("hex");
});

afterEach(async () => {
  for (const holder of started) await end(holder, "SIGKILL");
});

async function startHolder(
  user = "ann",
  as: { uid?: number; gid?: number } = {},
): Promise<{ readonly holder: Holder; readonly said: string }> {
  const program = path.join(import.meta.dirname, "lock-holder.ts");
  const holder = spawn(process.execPath, [program, "socket", digest, user], {
    stdio: ["pipe", "pipe", "inherit"],
    ...as,
  });
  started.add(holder);
  const [said] = await once(createInterface({ input: holder.stdout }), "line");
  return { holder, said: String(said) };
}

async function end(holder: Holder, signal?: NodeJS.Signals): Promise<void> {
  started.delete(holder);
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const exited = once(holder, "exit");
  if (signal === undefined) holder.stdin.end();
  else holder.kill(signal);
  await exited;
}

async function expectFree(): Promise<void> {
  const lock = await acquireSocketLock(digest, owner);
  await lock.release();
}

const locked = { name: "RepairError", code: "locked" };
const stranger = {
  ...locked,
  message: expect.stringContaining("something holds the lock of this deployment and does not"),
  hint: expect.stringMatching(/ss -xlp \| grep gh-devlake-repair-.*nothing was changed/),
};

// Starting a process takes seconds on a busy machine.
describe("between processes", { timeout: 60_000 }, () => {
  test("the second is refused, and told who says to hold it; the other way round too", async () => {
    const { holder, said } = await startHolder();
    expect(said).toBe("held");
    await expect(expectFree()).rejects.toMatchObject({
      ...locked,
      message: `another run works on this deployment: it says that it is ann on test-host, pid ${holder.pid}, since 2026-11-22T10:15:00.000Z (gh devlake repair)`,
    });
    await end(holder);

    const lock = await acquireSocketLock(digest, owner);
    const { said: second } = await startHolder();
    await lock.release();

    expect(second).toMatch(/^locked: another run .* ben on here, pid 4711, since 2026-11-22T10:20:00/);
  });

  // Root may become anybody; others have only themselves to try with.
  const another = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

  test("another user is refused, and refuses us", async () => {
    const lock = await acquireSocketLock(digest, owner);
    expect((await startHolder("eve", another)).said).toMatch(/^locked: .*ben on here/);
    await lock.release();

    expect((await startHolder("eve", another)).said).toBe("held");
    await expect(expectFree()).rejects.toThrow("eve on test-host");
  });

  test("it is free once the holder ended, and once it was killed", async () => {
    const { holder: orderly } = await startHolder();
    await end(orderly);
    await expectFree();

    const { holder: killed } = await startHolder();
    await end(killed, "SIGKILL");
    await expectFree();
  });

  test("a suspended holder keeps it, and nobody waits for its answer for long", async () => {
    const { holder } = await startHolder();
    holder.kill("SIGSTOP");
    await expect
      .poll(
        async () => (await readFile(`/proc/${holder.pid}/stat`, "utf8")).replace(/^.*\) /, "").charAt(0),
        {
          interval: 5,
        },
      )
      .toBe("T");

    const begin = performance.now();
    await expect(expectFree()).rejects.toMatchObject(stranger);
    expect(performance.now() - begin).toBeLessThan(10_000);

    holder.kill("SIGCONT");
    await expect(expectFree()).rejects.toThrow("ann on test-host");
  });

  test("of many at once exactly one gets it", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => startHolder()));

    expect(answers.filter(({ said }) => said === "held")).toHaveLength(1);
    expect(answers.filter(({ said }) => said.startsWith("locked: "))).toHaveLength(5);
  });

  test("a program that the holder starts does not keep it", async () => {
    const lock = await acquireSocketLock(digest, owner);
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");

    await lock.release();
    await expectFree();

    child.kill();
    await once(child, "exit");
  });

  test("a holder with nothing left to do ends, whoever is still connected to it", async () => {
    const { holder } = await startHolder();
    const peer = connect({ path: `\0gh-devlake-repair-${digest}`, allowHalfOpen: true });
    peer.on("error", () => peer.destroy());
    await once(peer, "connect");

    await end(holder);

    peer.destroy();
    await expectFree();
  });
});

describe("within a process", () => {
  test("a second lock is refused, and the refusal does not free the first; released twice is released once", async () => {
    const lock = await acquireSocketLock(digest, owner);
    await expect(expectFree()).rejects.toMatchObject(locked);
    await expect(expectFree()).rejects.toThrow("ben on here");

    await lock.release();
    const next = await acquireSocketLock(digest, owner);
    await lock.release();

    await expect(expectFree()).rejects.toMatchObject(locked);
    await next.release();
  });

  test("two deployments have two locks", async () => {
    const lock = await acquireSocketLock(digest, owner);
    const other = await acquireSocketLock(randomBytes(16).toString("hex"), owner);

    await other.release();
    await lock.release();
  });
});

describe("who asks the holder", () => {
  test("learns one line, whatever they send, and in whatever number they come", async () => {
    const lock = await acquireSocketLock(digest, owner);
    const peers = Array.from({ length: 100 }, () => {
      const peer = connect({ path: `\0gh-devlake-repair-${digest}` });
      peer.on("error", () => peer.destroy());
      peer.on("connect", () => peer.write("x".repeat(100_000)));
      return peer;
    });
    await Promise.all(peers.map((peer) => new Promise((resolve) => void peer.on("close", resolve))));
    await setImmediate();

    await expect(expectFree()).rejects.toThrow("ben on here");
    await lock.release();
    await expectFree();
  });
});

describe("a stranger that holds the name", () => {
  test("and says nothing forges no run", { timeout: 20_000 }, async () => {
    await using _held = await holdName(digest, () => undefined);
    const begin = performance.now();

    await expect(expectFree()).rejects.toMatchObject(stranger);

    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test("and floods is cut off after a few kilobytes", async () => {
    let sent = 0;
    await using _held = await holdName(digest, (socket) => {
      const pour = (): void => {
        while (!socket.destroyed && socket.write("x".repeat(65_536))) sent += 65_536;
      };
      socket.on("drain", pour);
      pour();
    });

    await expect(expectFree()).rejects.toMatchObject(stranger);

    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([
    ["no JSON", "hello\n"],
    ["JSON of another form", '{"pid":"1"}\n'],
    ["half a line", '{"pid":1'],
    ["nothing but an end", ""],
  ])("and says %s forges no run", async (_what, text) => {
    await using _held = await holdName(digest, (socket) => socket.end(text));

    await expect(expectFree()).rejects.toMatchObject(stranger);
  });

  test("does not repaint the terminal of who is refused", async () => {
    const hostile = { ...owner, user: "ann\u001B[2J\u202E", command: "x".repeat(3000) };
    await using _held = await holdName(digest, (socket) => socket.end(`${JSON.stringify(hostile)}\n`));

    const refused: Error = await expectFree().then(
      () => expect.fail("it was free"),
      (thrown: Error) => thrown,
    );

    expect(refused.message).toContain("it says that it is ann [2J  on here");
    expect(refused.message.length).toBeLessThan(600);
  });
});
