// Prints `N passed, N failed` from reports of vitest's json reporter. Fails when a test failed, or none ran for a report.
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const Report = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

const reports = process.argv.slice(2).map((path) => {
  // No report at all: vitest itself did not start.
  return existsSync(path) ? Report.parse(JSON.parse(readFileSync(path, "utf8"))).testResults : [];
});
const files = reports.flat();
const tests = files.flatMap((file) => file.assertionResults);
const passed = tests.filter((test) => test.status === "passed").length;
const failed = tests.filter((test) => test.status === "failed").length;
const skipped = tests.length - passed - failed;
// A file that cannot be loaded fails without any test of it being counted.
const broken = files.filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
).length;
const more = skipped === 0 ? "" : `, ${skipped} skipped`;
console.log(`${passed} passed, ${failed + broken} failed${more}`);
const isEmpty = reports.length === 0 || reports.some((report) => report.length === 0);
process.exitCode = failed + broken > 0 || isEmpty ? 1 : 0;
