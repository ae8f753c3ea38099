import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { terminalPrompt } from "../../../src/adapters/terminal/terminal-prompt.ts";
import type { ApprovalRequest } from "../../../src/ports/approval.ts";
import { moveStep } from "../../ui/sample-plans.ts";

const request: ApprovalRequest = {
  step: moveStep,
  index: 0,
  of: 2,
  shown: "THE CHANGE",
  details: "THE DETAILS",
  typeToConfirm: undefined,
};
const destructive: ApprovalRequest = { ...request, typeToConfirm: "devlakekv67817" };

function openTerminal() {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: "utf8" });
  const interrupt = new AbortController();
  let shown = "";
  output.on("data", (text: string) => {
    shown += text;
  });
  const prompt = terminalPrompt({ input, output, signal: interrupt.signal, render: (text) => `<${text}>` });
  return { input, interrupt, prompt, shown: () => shown };
}

/** The decision of a person who types these lines, one at each question. */
async function decide(asked: ApprovalRequest, typed: readonly string[]) {
  const terminal = openTerminal();
  const decision = terminal.prompt.request(asked);
  for (const line of typed) {
    await setImmediate();
    terminal.input.write(`${line}\n`);
  }
  const decided = await decision;
  terminal.prompt.close();
  return { decided, shown: terminal.shown() };
}

describe("the one question before a plan is run", () => {
  const question = { steps: 3, asking: 2, isResumed: false };

  async function answer(typed: readonly string[]) {
    const terminal = openTerminal();
    const decision = terminal.prompt.confirmRun(question);
    for (const line of typed) {
      await setImmediate();
      terminal.input.write(`${line}\n`);
    }
    const decided = await decision;
    terminal.prompt.close();
    return { decided, shown: terminal.shown() };
  }

  it.each([
    [["y"], "approved"],
    [["Yes"], "approved"],
    [["n"], "declined"],
    [["q"], "declined"],
    [["", "ok", "d", "no"], "declined"],
    [["\u0003"], "quit"],
  ])("takes %j as %s", async (typed, kind) => {
    const { decided } = await answer(typed);

    expect(decided.kind).toBe(kind);
  });

  it("says how many steps there are, and how many are asked about again", async () => {
    expect((await answer(["y"])).shown).toBe(
      "\n<Run this plan? 3 steps, 2 of them asked about again; y yes, n no:> ",
    );
  });

  it("is no yes when the terminal goes away", async () => {
    const terminal = openTerminal();
    const decision = terminal.prompt.confirmRun(question);
    terminal.input.end();

    expect(await decision).toEqual({ kind: "quit", reason: "the terminal was closed" });
    terminal.prompt.close();
  });
});

describe("terminalPrompt", () => {
  it.each([
    [["y"], "approved"],
    [["YES"], "approved"],
    [[" y "], "approved"],
    [["n"], "declined"],
    [["No"], "declined"],
    [["q"], "quit"],
    [["d", "y"], "approved"],
    [["", "", "n"], "declined"],
    [["yy", "ye", "1", "ok", "n"], "declined"],
    [["\u0003"], "quit"],
  ])("takes %j as %s", async (typed, kind) => {
    const { decided } = await decide(request, typed);

    expect(decided.kind).toBe(kind);
  });

  it("shows the change, then asks and says what is possible", async () => {
    const { shown } = await decide(request, ["y"]);

    expect(shown).toBe("\n<THE CHANGE>\n\n<Run step s1? y yes, n no, d details, q quit:> ");
  });

  it("never approves on Enter, and says what can be typed", async () => {
    const { decided, shown } = await decide(request, ["", "sure", "n"]);

    expect(decided).toEqual({ kind: "declined", reason: "step s1 was declined at the terminal" });
    expect(shown).toContain(
      "<nothing was typed: type y to run it, n to leave it out, d for details, q to stop here>\n",
    );
    expect(shown).toContain('<"sure" is not an answer: type y');
  });

  it("shows details and asks again", async () => {
    const { shown } = await decide(request, ["d", "n"]);

    expect(shown.match(/Run step s1\?/g)).toHaveLength(2);
    expect(shown).toContain("\n<THE DETAILS>\n");
  });

  it("wants the name in full for what cannot be undone", async () => {
    expect((await decide(destructive, ["devlakekv67817"])).decided.kind).toBe("approved");
    for (const typed of ["y", "yes", "devlakekv6781", "DEVLAKEKV67817", "devlakekv678170"]) {
      expect((await decide(destructive, [typed, "n"])).decided.kind).toBe("declined");
    }
    expect((await decide(destructive, ["y", "n"])).shown).toContain("type devlakekv67817 in full to run it");
  });

  it("quits when the terminal is closed, now and at every later question", async () => {
    const { input, prompt } = openTerminal();
    const first = prompt.request(request);
    input.end();

    expect(await first).toEqual({ kind: "quit", reason: "the terminal was closed" });
    expect(await prompt.request(request)).toEqual({ kind: "quit", reason: "the terminal was closed" });
  });

  it("quits when the terminal vanishes", async () => {
    const { input, prompt } = openTerminal();
    const decision = prompt.request(request);

    input.destroy(new Error("read EIO"));

    expect(await decision).toEqual({ kind: "quit", reason: "the terminal was closed" });
  });

  it("quits when it is interrupted, before a question or during one", async () => {
    const during = openTerminal();
    const decision = during.prompt.request(request);
    during.interrupt.abort();
    expect(await decision).toEqual({ kind: "quit", reason: "interrupted" });
    during.prompt.close();

    const before = openTerminal();
    before.interrupt.abort();
    expect(await before.prompt.request(request)).toEqual({ kind: "quit", reason: "interrupted" });
    before.prompt.close();
  });

  it("drops what was typed before the question stood there", async () => {
    const { input, prompt } = openTerminal();
    input.write("y\ny\n");
    await setImmediate();

    const decision = prompt.request(request);
    await setImmediate();
    input.write("n\ny\n");
    expect((await decision).kind).toBe("declined");

    const next = prompt.request({ ...request, step: { ...moveStep, id: "s2" } });
    await setImmediate();
    input.end("n\n");
    expect((await next).kind).toBe("declined");
  });

  it("gives the input back when it is closed", async () => {
    const { input, prompt } = openTerminal();
    const paused = once(input, "pause");

    prompt.close();

    await paused;
    expect(input.isPaused()).toBe(true);
  });
});
