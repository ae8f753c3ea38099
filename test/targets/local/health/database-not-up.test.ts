import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import type { FactsDraft } from "../../../../src/core/fact.ts";
import { withHealth } from "../../../../src/targets/local/health/healthy-facts.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { linesThatMatter } from "../../../../src/targets/local/causes/log-lives.ts";
import { whyItCannotCome } from "../../../../src/targets/local/health/wait-verdict.ts";
import { wellFacts } from "../rules/written-facts.ts";

const at = "2026-11-30T16:36:54.575252Z";
const begins = `${at} 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 9.7.4-2) starting as process 1`;
const lock = `${at} 1 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11`;
const full = `${at} 1 [ERROR] [MY-012639] [InnoDB] Write to file ./ibdata1 failed at offset 0. Operating system error number 28.`;
const up = `${at} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '9.7.4-2'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  (Debian).`;

/** It runs, and the backend ends again and again for want of it. */
function running(restarts: number, ...lines: readonly string[]): FactsDraft {
  const draft = wellFacts()
    .set(local.backendPhase(), "no_answer")
    .set(local.backendData(), { status: "not_asked" })
    .set(local.containerRestarts("devlake"), 1)
    .set(local.containerRestarts("mysql"), restarts);
  lines.forEach((line, index) => draft.set(local.logLine("mysql", index + 1), line));
  return draft;
}

const found = (draft: FactsDraft) => classify(draft.facts()).map((finding) => finding.class);

function look(seconds: number) {
  return { at: seconds * 1_000, facts: running(0, begins, lock).facts() };
}

describe("a database that runs and does not come up", () => {
  test("for a lock that another server has: that is the finding, and no step is simulated to cure it", () => {
    const facts = running(0, begins, lock, lock).facts();

    const [finding, ...others] = classify(facts);

    expect(finding).toMatchObject({ class: "other_instance", severity: "blocking", remedies: [] });
    expect(finding?.summary).toContain("mysql is running, but does not come up: another database server");
    expect(others).toEqual([]);
    expect(classify(withHealth(facts, { how: "wait", started: [] })).map((one) => one.class)).toContain(
      "other_instance",
    );
  });

  test("in a long life of a loop, whose cause stands in the life before", () => {
    expect(found(running(3, begins, full, begins))).toEqual(["disk_full"]);
  });

  test("what it wrote before it came up, or before somebody started it again, is history", () => {
    for (const facts of [running(0, begins, full, begins), running(3, begins, full, begins, up)])
      expect(found(facts)).not.toContain("disk_full");
  });

  test("a word of warning is no cause", () => {
    const warning = `${at} 0 [Warning] [MY-000067] [Server] unknown variable 'loose_x=1'.`;

    expect(found(running(0, begins, warning))).not.toContain("db_option_unknown");
  });

  test("nothing waits for it, once it was seen twice", () => {
    expect(whyItCannotCome([look(0)])).toBeUndefined();
    expect(whyItCannotCome([look(0), look(2)])).toMatch(/does not come up: another database server/);
  });

  test("where its life began is kept, however often it has said the same since", () => {
    const lines = [up, begins, ...Array.from({ length: 200 }, () => lock)];

    expect([...linesThatMatter("database", lines)]).toEqual(expect.arrayContaining([0, 1, 201]));
  });
});

test("MariaDB's words for a full disk are known", () => {
  const line =
    "2026-11-30 16:36:54 5 [ERROR] InnoDB: preallocating 98304 bytes for file ./lake/x.ibd failed with error 28";

  expect(found(running(3, begins, line, begins))).toEqual(["disk_full"]);
});
