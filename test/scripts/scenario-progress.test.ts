import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesOn, hasPassed, readProgress, withRun, writeProgress } from "../../scripts/scenario-progress.ts";

const passed = { passed: 2, failed: 0, seconds: 1.5 };

async function repository(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "gh-devlake-scenarios-"));
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: path });
  await writeFile(join(path, "source"), "one\n");
  await writeFile(join(path, ".gitignore"), ".scenarios/\n");
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "one");
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("what ran is read back for the same sources, and forgotten when one is edited or added", async () => {
  await using r = await repository();
  const done = withRun(readProgress(r.path), "own", "Engine 26", "a.test.ts", passed);
  writeProgress(r.path, done);

  expect(readProgress(r.path)).toEqual(done);
  await writeFile(join(r.path, "source"), "two\n");
  expect(readProgress(r.path).legs).toEqual({});
  await writeFile(join(r.path, "source"), "one\n");
  expect(readProgress(r.path)).toEqual(done);
  await writeFile(join(r.path, "more"), "");
  expect(readProgress(r.path).legs).toEqual({});
});

test("what passed on one version of Docker has not passed on the next; what failed has not passed", () => {
  const before = withRun({ sources: "x", legs: {} }, "own", "Engine 26", "a.test.ts", passed);
  const after = withRun(before, "own", "Engine 28", "b.test.ts", { ...passed, failed: 1 });

  expect(filesOn(before, "own", "Engine 26")).toEqual({ "a.test.ts": passed });
  expect(filesOn(before, "own", "Engine 28")).toEqual({});
  expect(Object.keys(filesOn(after, "own", "Engine 28"))).toEqual(["b.test.ts"]);
  expect(hasPassed(filesOn(after, "own", "Engine 28")["b.test.ts"])).toBe(false);
});
