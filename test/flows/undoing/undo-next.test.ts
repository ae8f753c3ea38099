import { expect, test } from "vitest";
import { nextAfterUndo } from "../../../src/flows/undoing/undo-next.ts";
import { FactsDraft, type Facts } from "../../../src/core/fact.ts";
import { composeCommand, engineStatus, portHolder } from "../../../src/targets/local/facts/local-facts.ts";
import { restoredAccount } from "../../ui/sample-undo.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

function facts(holder: "free" | "process", flavour: "plugin" | "standalone" = "plugin"): Facts {
  return new FactsDraft()
    .set(engineStatus(), "reachable")
    .set(composeCommand(), { flavour, version: "2.26.1" })
    .set(portHolder(8080), holder === "free" ? { kind: "free" } : { kind: "process", name: "python3" })
    .facts();
}

test("the printed command recreates these containers from the files, in the deployment's directory", () => {
  const here = nextAfterUndo(localFamily, restoredAccount, facts("free"), { dir: "." });
  expect(here.commands).toEqual(["docker compose -p devlake up -d --no-deps --force-recreate devlake"]);
  expect(here.sentences).toHaveLength(1);

  const there = nextAfterUndo(localFamily, restoredAccount, facts("free", "standalone"), { dir: "my lake" });
  expect(there.commands).toEqual([
    'cd "my lake" && docker-compose -p devlake up -d --no-deps --force-recreate devlake',
  ]);
});

test("what would make it fail is said", () => {
  const { sentences } = nextAfterUndo(localFamily, restoredAccount, facts("process"), { dir: "." });

  expect(sentences).toContain("it will fail while port 8080 is held by process python3");
});

test("nothing is to be done when nothing runs on other ports", () => {
  const account = { ...restoredAccount, stillRunning: [] };

  expect(nextAfterUndo(localFamily, account, facts("free"), { dir: "." })).toEqual({
    sentences: [],
    commands: [],
  });
});

test.each([
  ["was declined", "declined", "gh devlake repair undo plans/port.plan.result.json --dir d"],
  ["has moved", "stale", "gh devlake repair --plan-only --dir d"],
] as const)("a step that %s can be gone on with", (_what, state, command) => {
  const [first, second] = restoredAccount.steps;
  if (first === undefined || second === undefined) throw new Error("the sample has two steps");
  const account = { ...restoredAccount, stillRunning: [], steps: [first, { ...second, state }] };

  expect(nextAfterUndo(localFamily, account, facts("free"), { dir: "d" }).commands).toEqual([command]);
});

test("without an engine nobody claims to know what runs", () => {
  const down = new FactsDraft().set(engineStatus(), "unreachable").facts();

  for (const seen of [undefined, down]) {
    const { sentences, commands } = nextAfterUndo(localFamily, restoredAccount, seen, { dir: "." });
    expect(sentences).toEqual([expect.stringContaining("could not be looked at")]);
    expect(commands).toEqual(["gh devlake repair --plan-only"]);
  }
});
