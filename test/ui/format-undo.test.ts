import { describe, expect, it } from "vitest";
import { formatApproval } from "../../src/ui/format-approval.ts";
import { formatUndo, undoDetails, undoText, type UndoQuestion } from "../../src/ui/format-undo.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { plain80, repairedResult } from "./sample-plans.ts";
import { restoredAccount } from "./sample-undo.ts";

const question: UndoQuestion = {
  id: "s1",
  tool: "rewrite_local_ports_to_alt_bundle",
  version: 1,
  index: 1,
  of: 2,
  target: repairedResult.target,
  state: "done",
  ranAt: "2026-11-22T10:20:00Z",
  change: "--- docker-compose.yml\n+++ docker-compose.yml\n@@ -1 +1 @@\n-8085:8080\n+8080:8080\n",
};

describe("undoText", () => {
  it("is one canonical text with all that is at stake", () => {
    expect(undoText(question)).toMatchInlineSnapshot(`
      "Take back step s1 (2 of 2): rewrite_local_ports_to_alt_bundle, version 1
      Effect: puts back what the step changed, and reads it back; asks first
      Target: local deployment of project "devlake" in this directory
      Ran: 2026-11-22T10:20:00Z, ended done
      What runs: none of it is touched; it goes on as it was started
      If it fails: what is not back is named; steps before this one are still asked for
      Change:
          --- docker-compose.yml
          +++ docker-compose.yml
          @@ -1 +1 @@
          -8085:8080
          +8080:8080"
    `);
  });

  it("keeps what a file holds out of its own lines", () => {
    for (const text of hostileTexts) {
      const lines = undoText({ ...question, change: `+${text}\n` }).split("\n");
      const change = lines.indexOf("Change:");
      expect(lines.slice(0, change)).toEqual(undoText(question).split("\n").slice(0, change));
      expect(lines.slice(change + 1).every((line) => line.startsWith("    "))).toBe(true);
    }
  });

  it("is shown like any other approval", () => {
    expect(formatApproval(undoText(question), plain80)).toContain("Take back step s1 (2 of 2)");
    expect(undoDetails(question, "plans/x.result.json")).toContain("plans/x.result.json");
  });
});

describe("formatUndo", () => {
  it("says what came of it, what still runs, and what to type", () => {
    const shown = formatUndo(restoredAccount, plain80, {
      accountPath: "plans/port.plan.result.undo.json",
      sentences: ["this makes them anew from the files"],
      commands: ["docker compose -p devlake up -d"],
    });

    expect(shown).toMatchInlineSnapshot(`
      "✓ Taken back: step s1 is taken back, and was read back
        1 step taken back

      Steps
         • s2 retry_local_compose_up  skipped
              it has nothing to take back
         ✓ s1 rewrite_local_ports_to_alt_bundle  restored
              docker-compose.yml is as it was, byte for byte

      Still running
         devlake runs on port 8085; the files say port 8080 again

      Account
         plans/port.plan.result.undo.json

      Next
         this makes them anew from the files
         docker compose -p devlake up -d
         gh devlake repair verify plans/port.plan.result.undo.json"
    `);
  });

  it("verifies the account where the deployment is", () => {
    const options = { accountPath: "a.json", directory: "../d d", sentences: [], commands: [] };

    expect(formatUndo(restoredAccount, plain80, options)).toMatch(/verify a\.json --dir "\.\.\/d d"$/);
  });

  it("does not call taken back what is not", () => {
    const account = { ...restoredAccount, outcome: "partly-restored", reason: "step s1 failed: x" } as const;

    expect(formatUndo(account, plain80, { accountPath: "a.json", sentences: [], commands: [] })).toMatch(
      /^! Taken back in part: step s1 failed: x\n/,
    );
  });
});
