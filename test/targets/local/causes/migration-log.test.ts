import { expect, test } from "vitest";
import { migrationInLog } from "../../../../src/targets/local/causes/migration-log.ts";

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

const recovered = (reason: string): readonly string[] => [
  "2026/11/30 15:59:42 [Recovery] 2026/11/30 - 15:59:42 panic recovered:",
  "attached stack trace",
  ...Array.from({ length: 45 }, (_, at) => `  | github.com/gin-gonic/gin.(*Context).Next${at}`),
  `Wraps: (2) ${reason}`,
];
// As v1.0.1 logs it: one line, a stack trace between its two reasons.
const refused = `time="2026-11-30 15:59:42" level=error msg="HTTP 400 error\\n\\tcaused by: attached stack trace\\n\\tWraps: (2) error executing migration (400)\\n${"\\t  | github.com/gin-gonic/gin".repeat(40)}\\n\\tWraps: (4) There is a migration in progress. (400)"`;

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
  [
    "somebody confirmed it twice, and the reason stands far below",
    [begins, script, ...recovered("There is a migration in progress. (400)"), ...asked],
    "moving",
  ],
  ["somebody confirmed it twice, and it is said in one line", [begins, script, refused, ...asked], "moving"],
  [
    "somebody confirmed it once more after it had failed",
    [begins, script, failed, ...recovered("There is a migration in progress. (400)"), refused],
    "failed",
  ],
  [
    "a script panicked, and then somebody confirmed it once more",
    [begins, script, ...recovered("runtime error"), ...recovered("There is a migration in progress. (400)")],
    "failed",
  ],
] as const)("%s", (_name, lines, says) => {
  expect(migrationInLog(lines)).toBe(says);
});
