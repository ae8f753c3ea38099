import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { pauseWhileAsked } from "../../../src/ui/reporters/pause-while-asked.ts";
import { terminalReporter } from "../../../src/ui/reporters/terminal-reporter.ts";
import { displayWidth } from "../../../src/ui/text/text-width.ts";
import { ManualTimer, RecordingOutput } from "../recording-output.ts";
import { colour80, moveStep, plain80, upStep } from "../sample-plans.ts";
import { sampleRun, sampleUndo } from "../sample-run.ts";

function start(columns = 80) {
  const output = new RecordingOutput(columns);
  const timer = new ManualTimer();
  const reporter = terminalReporter(output, plain80, timer);
  return { output, timer, reporter };
}

describe("terminalReporter", () => {
  it("leaves an account of the run on the screen, and no live line", () => {
    const { output, timer, reporter } = start();

    for (const event of sampleRun) reporter.emit(event);

    expect(output.screen().join("\n")).toMatchInlineSnapshot(`
      "✓ 48 facts of project devlake  1.2 s
        the plan was made offline
      ✓ s1 rewrite_local_ports_to_alt_bundle  done 40 ms
           3 ports moved
      ! s2 attempt 2: network devlake_default not found
      ✓ s2 retry_local_compose_up  done 21 s
      ✓ healthy for 10 s
      "
    `);
    expect(timer.running).toBe(0);
  });

  it("shows what is taken back", () => {
    const { output, timer, reporter } = start();

    for (const event of sampleUndo.slice(0, 2)) reporter.emit(event);
    expect(output.screen().at(-1)).toBe("⠋ taking back s1 rewrite_local_ports_to_alt_bundle (1 of 1)  0 s");
    for (const event of sampleUndo.slice(2)) reporter.emit(event);

    expect(output.screen().join("\n")).toMatchInlineSnapshot(`
      "✓ s1 rewrite_local_ports_to_alt_bundle  restored 12 ms
           docker-compose.yml is as it was
      ✓ 1 step taken back  20 ms
      "
    `);
    expect(timer.running).toBe(0);
  });

  it("shows what goes on, for how long, and the last progress line", () => {
    const { output, timer, reporter } = start();
    reporter.emit({ type: "step_started", step: upStep, index: 1, of: 2 });
    reporter.emit({ type: "step_waiting", step: "s2", text: "first" });
    reporter.emit({ type: "step_waiting", step: "s2", text: "Container devlake-mysql-1 \u001b[32mStarted" });

    timer.advance(12_400);

    expect(output.screen()).toEqual([
      "⠼ s2 retry_local_compose_up (2 of 2)  12 s  Container devlake-mysql-1 \\u{1b}[3…",
    ]);
  });

  it("redraws at a modest rate, however much happens", () => {
    const { output, timer, reporter } = start();
    reporter.emit({ type: "step_started", step: upStep, index: 1, of: 2 });
    for (let line = 0; line < 1000; line += 1)
      reporter.emit({ type: "step_waiting", step: "s2", text: `${line}` });

    timer.advance(1000);

    expect(output.written.match(/\r/g)).toHaveLength(11);
  });

  it.each([12, 20, 40, 79, 200])(
    "stays within %d columns, and follows when the window changes",
    (columns) => {
      const { output, timer, reporter } = start(200);
      reporter.emit({ type: "step_started", step: moveStep, index: 0, of: 2 });
      reporter.emit({ type: "step_waiting", step: "s1", text: "東京の開発チーム".repeat(30) });

      output.columns = columns;
      timer.advance(100);

      expect(displayWidth(output.screen().at(-1) ?? "")).toBeLessThan(columns);
    },
  );

  it("keeps lines that stay above the live line", () => {
    const { output, reporter } = start();
    reporter.emit({ type: "step_started", step: upStep, index: 1, of: 2 });
    reporter.emit({ type: "note", text: "mysql takes longer than usual" });

    expect(output.screen()).toEqual([
      "  mysql takes longer than usual",
      "⠋ s2 retry_local_compose_up (2 of 2)  0 s",
    ]);
  });

  it("draws nothing while a question stands", async () => {
    const { output, timer, reporter } = start();
    reporter.emit({ type: "stage_started", stage: "plan", text: "applying" });
    const asked = pauseWhileAsked(
      {
        request: () => {
          output.write("Run step s1? ");
          timer.advance(5000);
          expect(output.screen()).toEqual(["Run step s1? "]);
          return Promise.resolve({ kind: "approved", how: "terminal" });
        },
      },
      reporter,
    );

    await asked.request({
      step: moveStep,
      index: 0,
      of: 1,
      shown: "",
      details: "",
      typeToConfirm: undefined,
    });

    expect(output.screen()).toEqual(["⠋ applying  0 s"]);
    reporter.resume();
    timer.advance(2000);
    expect(output.screen().at(-1)).toContain("applying  2 s");
  });

  it("leaves it to the health event to say that a check failed", () => {
    const { output, reporter } = start();
    const failing = { check: "backend_ready", healthy: false, observed: "no answer" };
    reporter.emit({ type: "stage_started", stage: "verify", text: "watching" });
    reporter.emit({ type: "stage_done", stage: "verify", text: "not healthy", ms: 10 });
    reporter.emit({ type: "health", reports: [failing], healthy: false, text: "not healthy" });

    expect(output.screen()).toEqual(["✗ not healthy", ""]);
  });

  it("takes the live line away when it is closed", () => {
    const { output, timer, reporter } = start();
    reporter.emit({ type: "stage_started", stage: "inspect", text: "inspecting" });

    reporter.close();

    expect(output.screen()).toEqual([""]);
    expect(timer.running).toBe(0);
  });

  it("says the same in colour and without", () => {
    const [plain, coloured] = [plain80, colour80].map((style) => {
      const output = new RecordingOutput();
      const reporter = terminalReporter(output, style, new ManualTimer());
      for (const event of sampleRun) reporter.emit(event);
      return output.screen().join("\n");
    });

    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured ?? "")).toBe(plain);
  });
});
