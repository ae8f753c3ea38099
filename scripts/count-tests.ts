// Prints `N passed, N failed` from a report of vitest's json reporter. Fails when a test failed or none ran.
import { readFileSync } from "node:fs";
import { z } from "zod";

const Report = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

const text = readFileSync(process.argv[2] ?? "", "utf8");
// No report at all: vitest itself did not start.
const files = text === "" ? [] : Report.parse(JSON.parse(text)).testResults;
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
process.exitCode = failed + broken > 0 || passed === 0 ? 1 : 0;
