import { expect, test } from "vitest";
import { migrationInLog } from "../../src/core/migration-log.ts";

const begins =
  'time="2026-11-30 16:02:11" level=info msg=" [migrator] [Execute] pending scripts: 65, executed scripts: 270, total: 335"';
const script =
  'time="2026-11-30 16:02:11" level=info msg=" [migrator] applying migration script addX:20240611000001"';
const failed = "failed to execute migration\n\tcaused by: Error 1060 (42S21): Duplicate column name 'x'";
const secret =
  'time="2026-11-30 16:02:12" level=info msg="… invalid encryptionSecret; invalid encryptionSecret"';
const asked = [
  'time="2026-11-30 16:02:13" level=error msg="HTTP 503 error"',
  '[GIN] 2026/11/30 - 16:02:13 | 503 | 1.2ms | 172.18.0.1 | GET "/ready"',
];

// Lines: DevLake v1.0.1 and v1.0.2.
test.each([
  ["nothing of it", ["plugin loaded github"], undefined],
  ["scripts are applied", [begins, script, script], "moving"],
  ["a script failed", [begins, script, failed, ...asked, ...asked], "failed"],
  ["all ran, and the blueprints do not decrypt", [begins, script, secret, ...asked], "failed"],
  ["it failed in an earlier life and runs again", [begins, script, failed, begins, script], "moving"],
  [
    "somebody confirmed it twice",
    [begins, script, "[Recovery] panic recovered:\nThere is a migration in progress. (400)"],
    "moving",
  ],
] as const)("%s", (_name, lines, says) => {
  expect(migrationInLog(lines)).toBe(says);
});
