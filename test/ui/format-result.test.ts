import { describe, expect, it } from "vitest";
import { RunOutcomeSchema } from "../../src/core/records/result.ts";
import { formatResult } from "../../src/ui/format-result.ts";
import { displayWidth } from "../../src/ui/text/text-width.ts";
import { failedResult, plain80, repairedResult } from "./sample-plans.ts";

const resultPath = "plans/port.result.json";

describe("formatResult", () => {
  it("accounts for a repair", () => {
    expect(formatResult(repairedResult, plain80, { resultPath })).toMatchInlineSnapshot(`
      "✓ Repaired: backend, Grafana and config-ui stayed healthy for 10 s
        2 of 2 steps done in 34 s

      Steps
         ✓ s1 rewrite_local_ports_to_alt_bundle  done 40 ms
              3 ports moved in docker-compose.yml
         ✓ s2 retry_local_compose_up  done 21 s, 2 attempts
              4 containers started

      Health
         ✓ backend_ready              200 from http://localhost:8085/ready
         ✓ grafana_healthy            200 from http://localhost:3004/api/health
         ✓ config_ui_reaches_backend  200 from http://localhost:4004/api/ping

      Result
         plans/port.result.json
         signed with key sha256:4f1c0a9e22d7

      Next
         gh devlake repair verify plans/port.result.json"
    `);
  });

  it("names the directory in each command, and where DevLake is when that has changed", () => {
    const options = { resultPath, directory: "my lake" };
    const addresses = { backend: "http://localhost:8085", configUi: "http://localhost:4004" };

    const repaired = formatResult(repairedResult, plain80, { ...options, addresses });

    expect(repaired).toContain(`gh devlake repair verify ${resultPath} --dir "my lake"`);
    expect(repaired).toContain(
      "DevLake is now at\n   config-ui  http://localhost:4004\n   backend    http://localhost:8085\n\n",
    );
    for (const outcome of RunOutcomeSchema.options) {
      const text = formatResult({ ...failedResult, outcome }, plain80, options);
      const commands = text.split("\n").filter((line) => line.startsWith("   gh devlake"));
      expect(commands).not.toEqual([]);
      expect(commands.filter((line) => !line.endsWith(' --dir "my lake"'))).toEqual([]);
    }
  });

  it("tells what was done before a run was cut off", () => {
    const earlier = {
      number: 1,
      startedAt: repairedResult.startedAt,
      lastRecordAt: repairedResult.startedAt,
      records: { first: 1, last: 4 },
      executor: repairedResult.executor,
    };
    const [first, ...others] = repairedResult.steps;
    if (first === undefined) throw new Error("no step");

    const text = formatResult(
      { ...repairedResult, earlierRuns: [earlier], steps: [{ ...first, earlierRun: 1 }, ...others] },
      plain80,
      { resultPath },
    );

    expect(text).toContain("2 of 2 steps done in 34 s; cut off once and resumed\n");
    expect(text.match(/.*before it was cut off/g)).toEqual([
      "   ✓ s1 rewrite_local_ports_to_alt_bundle  done 40 ms, before it was cut off",
    ]);
  });

  it("accounts for a failure, and ends with the way back", () => {
    expect(formatResult(failedResult, plain80, { resultPath })).toMatchInlineSnapshot(`
      "✗ Failed; what was changed so far still stands: step s2 failed and its outcome
        is not known
        1 of 2 steps done in 34 s

      Steps
         ✓ s1 rewrite_local_ports_to_alt_bundle  done 40 ms
              3 ports moved in docker-compose.yml
         ✗ s2 retry_local_compose_up  unknown 21 s, 2 attempts
              docker compose up did not end within 5 min; devlake is in state created

      Health
         ✗ backend_ready  no answer from http://localhost:8085/ready: connect
                          ECONNREFUSED 127.0.0.1:8085

      Result
         plans/port.result.json
         signed with key sha256:4f1c0a9e22d7

      Next
         gh devlake repair --plan-only"
    `);
  });

  it("says of no outcome but repaired that it is one, and always ends with a command", () => {
    for (const outcome of RunOutcomeSchema.options) {
      const shown = formatResult({ ...repairedResult, outcome }, plain80, { resultPath });

      expect(shown.startsWith("✓ Repaired")).toBe(outcome === "repaired");
      expect(shown.split("\n").at(-1)).toMatch(/^ {3}gh devlake repair /);
    }
  });

  it.each([40, 60, 80])("keeps to %d columns but for the command and the path", (width) => {
    const lines = formatResult(failedResult, { ...plain80, width }, { resultPath }).split("\n");

    for (const line of lines.slice(0, -1)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it("offers the given commands in place of its own", () => {
    const shown = formatResult(repairedResult, plain80, { resultPath, commands: ["gh devlake status"] });

    expect(shown.endsWith("Next\n   gh devlake status")).toBe(true);
  });
});
