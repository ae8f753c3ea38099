import { expect, it } from "vitest";
import { lineReporter } from "../../../src/ui/reporters/line-reporter.ts";
import { RecordingOutput } from "../recording-output.ts";
import { sampleRun, sampleUndo } from "../sample-run.ts";

it("writes lines that stand alone", () => {
  const output = new RecordingOutput(undefined);

  const reporter = lineReporter(output);
  for (const event of sampleRun) reporter.emit(event);

  expect(output.written).toMatchInlineSnapshot(`
    "inspect: inspecting the deployment in .
    inspect: 48 facts of project devlake (1.2 s)
    the plan was made offline
    step s1: rewrite_local_ports_to_alt_bundle, 1 of 2
    step s1: done (40 ms): 3 ports moved
    step s2: retry_local_compose_up, 2 of 2
    step s2: Container devlake-mysql-1 Started
    step s2: attempt 2: network devlake_default not found
    step s2: done (21 s)
    health: healthy for 10 s
    health: backend_ready ok: 200 from http://localhost:8085/ready
    health: grafana_healthy ok: 200 from http://localhost:3004/api/health
    health: config_ui_reaches_backend ok: 200 from http://localhost:4004/api/ping
    ended: repaired
    result: plans/port.result.json
    "
  `);
});

it("tells of an undo as of a run", () => {
  const output = new RecordingOutput(undefined);

  const reporter = lineReporter(output);
  for (const event of sampleUndo) reporter.emit(event);

  expect(output.written).toMatchInlineSnapshot(`
    "undo: taking back plans/port.result.json
    undo s1: rewrite_local_ports_to_alt_bundle, 1 of 1
    undo s1: restored (12 ms): docker-compose.yml is as it was
    undo: 1 step taken back (20 ms)
    ended: restored: step s1 is taken back
    account: plans/port.result.undo.json
    "
  `);
});

it("does not repeat itself, and lets nothing break a line", () => {
  const output = new RecordingOutput(undefined);
  const reporter = lineReporter(output);

  reporter.emit({ type: "step_waiting", step: "s2", text: "waiting\u001b[2J\nended: repaired" });
  reporter.emit({ type: "step_waiting", step: "s2", text: "waiting\u001b[2J\nended: repaired" });

  expect(output.written).toBe("step s2: waiting\\u{1b}[2J\\u{a}ended: repaired\n");
});
