// Runs the legs one after another, each as a process of its own that stands in that Docker's namespaces (`leg NAME`).
// After each file it is written down what came out, so that the next run goes on there; what failed runs again.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { type Leg, legs } from "./scenario-legs.ts";
import { filesOn, folder, hasPassed, readProgress, withRun, writeProgress } from "./scenario-progress.ts";
import { runFile } from "./scenario-file.ts";

const root = ".";
const hours = 3;
const deadline = Number(process.env["SCENARIOS_DEADLINE"] ?? Date.now() + hours * 3_600_000);

function main(args: readonly string[]): number {
  const [word, name] = args;
  if (word === "leg") return runLeg(legs.find((leg) => leg.name === name));
  if (word === "--fresh") rmSync(folder, { recursive: true, force: true });
  else if (word !== undefined) return refuse(`unknown word ${word}: use --fresh, or nothing to go on`);
  // Written first: two runs on one state could not be told apart later.
  writeProgress(root, readProgress(root));
  const codes = legs.map((leg) => enterLeg(leg));
  return report(codes.every((code) => code === 0));
}

function enterLeg(leg: Leg): number {
  const done = readProgress(root).legs[leg.name]?.files ?? {};
  const left = leg.files.filter((file) => !hasPassed(done[file])).length;
  console.log(`\n== ${leg.name}: ${left} of ${leg.files.length} files to run`);
  if (left === 0) return 0;
  const command = [...leg.enter, process.execPath, "scripts/scenarios-all.ts", "leg", leg.name];
  const env = { ...process.env, ...leg.env, SCENARIOS_DEADLINE: String(deadline) };
  const { status, error } = spawnSync(command[0] ?? "", command.slice(1), { stdio: "inherit", env });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function runLeg(leg: Leg | undefined): number {
  if (leg === undefined) return refuse(`no such leg; there are: ${legs.map(({ name }) => name).join(", ")}`);
  const versions = versionsHere();
  console.log(`== ${leg.name}: ${versions}`);
  mkdirSync(folder, { recursive: true });
  let failed = 0;
  for (const file of leg.files) {
    const progress = readProgress(root);
    if (hasPassed(filesOn(progress, leg.name, versions)[file])) continue;
    if (Date.now() > deadline)
      return refuse(`${hours} hours are over: run it again, it goes on with ${file}`);
    const run = runFile(leg, file);
    if (!hasPassed(run)) failed += 1;
    writeProgress(root, withRun(progress, leg.name, versions, file, run));
  }
  return failed === 0 ? 0 : 1;
}

function versionsHere(): string {
  const engine = output("docker", ["version", "--format", "{{.Server.Version}}"]);
  return `Engine ${engine}, Compose ${output("docker", ["compose", "version", "--short"])}`;
}

function output(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
  return stdout.trim();
}

/** The closing lines. What was never run counts as failed, or a leg that could not start would go unseen. */
function report(allEnded: boolean): number {
  const { legs: known } = readProgress(root);
  let passed = 0;
  let failed = 0;
  let missing = 0;
  console.log("");
  for (const leg of legs) {
    const files = known[leg.name]?.files ?? {};
    const runs = leg.files.flatMap((file) => files[file] ?? []);
    const sum = (key: "passed" | "failed" | "seconds") => runs.reduce((total, run) => total + run[key], 0);
    passed += sum("passed");
    failed += sum("failed");
    missing += leg.files.length - runs.length;
    const minutes = (sum("seconds") / 60).toFixed(1);
    const versions = known[leg.name]?.versions ?? "did not start";
    console.log(
      `== ${leg.name} (${versions}): ${sum("passed")} passed, ${sum("failed")} failed in ${minutes} min`,
    );
    for (const file of leg.files) {
      if (files[file] === undefined) console.log(`   not run: ${file}`);
      else if (!hasPassed(files[file])) console.log(`   failed: ${file}`);
    }
  }
  console.log(`${passed} passed, ${failed + missing} failed`);
  return allEnded && failed + missing === 0 ? 0 : 1;
}

function refuse(message: string): number {
  console.error(`scenarios: ${message}`);
  return 2;
}

if (!existsSync("dist/main.js")) throw new Error("dist/main.js is not there: npm run build makes it");
process.exitCode = main(process.argv.slice(2));
