import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import type { Leg } from "./scenario-legs.ts";
import { type FileRun, folder } from "./scenario-progress.ts";

const Report = z.object({
  numPassedTests: z.number().int(),
  numFailedTests: z.number().int(),
  success: z.boolean(),
});

/** One file of tests. A file that does not load, or leaves no report, counts as one failed test. */
export function runFile(leg: Leg, file: string): FileRun {
  const report = `${folder}/report.json`;
  rmSync(report, { force: true });
  const started = performance.now();
  const options = ["--no-color", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { error } = spawnSync("vitest", ["run", "--project", leg.project, ...options, file], {
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const read = existsSync(report) ? Report.parse(JSON.parse(readFileSync(report, "utf8"))) : undefined;
  const passed = read?.numPassedTests ?? 0;
  const failed = read?.success === true ? 0 : Math.max(read?.numFailedTests ?? 0, 1);
  console.log(`== ${leg.name}: ${file}: ${passed} passed, ${failed} failed in ${seconds} s`);
  return { passed, failed, seconds };
}
