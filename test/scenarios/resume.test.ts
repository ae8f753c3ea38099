import { once } from "node:events";
import { appendFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Deployment, ports } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { lockDatabase } from "./locked-database.ts";
import { everythingOf, expectRecovered, packed, planOnly, resultAt, type Planned } from "./repair-run.ts";
import { journalOf } from "./run-files.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { spawnRepair } from "./spawn-repair.ts";
import { openTerminal } from "./terminal.ts";

const gh = useGhDevlake();

const moved = {
  devlake: "http://localhost:8085",
  grafana: "http://localhost:3004",
  "config-ui": "http://localhost:4004",
} as const;

/** A deployment whose repair waits for the backend in its last step until the database is let go. */
async function waitingDeployment() {
  await using stack = new AsyncDisposableStack();
  const d = stack.use(await seededDeployment());
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await d.holdPort(ports.devlake.host);
  const letGo = await lockDatabase(d);
  const planned = await planOnly(gh(), d);
  const kept = stack.move();
  return { d, precious, letGo, planned, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The built program in the middle of its last step, its standard error read along. */
async function startedRun(d: Deployment, planned: Planned) {
  const child = spawnRepair(gh(), d, ["--apply", planned.path, "--approve", "s1,s2"]);
  const exited = once(child, "exit");
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await waitUntil("the last step waits", () => said.includes("waiting for backend_ready"));
  return { child, exited };
}

test("ended at once by a second Ctrl-C, then resumed; and all that --resume refuses", async () => {
  await using waiting = await waitingDeployment();
  const { d, planned, precious, letGo } = waiting;
  const { path } = planned;
  const resultPath = path.replace(/\.yaml$/, ".result.json");
  const never = await gh().repair(d, ["--apply", path, "--resume"]);
  expect(never).toMatchObject({ exitCode: 9, stdout: "" });
  expect(packed(never.stderr)).toContain(packed(`there is nothing to resume of "${path}": no run of it was`));
  const { child, exited } = await startedRun(d, planned);

  // While it runs nobody else may, and who runs is said.
  const second = await gh().repair(d, ["--apply", path, "--approve", "s1,s2"]);
  expect(second).toMatchObject({ exitCode: 10, stdout: "" });
  expect(packed(second.stderr)).toMatch(
    new RegExp(`anotherrunworksonthisdeployment:.+on.+,pid${child.pid},since20`),
  );
  // Nor from a copy of the checkout, which is the same deployment.
  const copy = `${d.dir}-copy`;
  await cp(d.dir, copy, { recursive: true });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(copy, { recursive: true }));
  const there = await gh().repair(d, ["--apply", path, "--approve", "s1,s2"], { cwd: copy });
  expect(there).toMatchObject({ exitCode: 10, stdout: "" });
  expect(packed(there.stderr)).toContain(packed(`pid ${child.pid}`));
  child.kill("SIGSTOP");
  expect(await gh().repair(d, ["--apply", path, "--resume"])).toMatchObject({ exitCode: 10 });
  child.kill("SIGCONT");

  await waitUntil("it has ended", () => !child.kill("SIGINT"));
  expect(await exited).toEqual([130, null]);
  await expect(resultAt(d, resultPath)).rejects.toThrow("ENOENT");

  const inCopy = await gh().repair(d, ["--apply", path, "--resume", "--approve", "s1,s2"], { cwd: copy });
  expect(inCopy).toMatchObject({ exitCode: 9, stdout: "" });
  expect(packed(inCopy.stderr)).toContain(packed(`the run was in "${d.dir}", and this is "${copy}"`));
  const before = await everythingOf(d);
  const refusal = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await gh().repair(d, ["--apply", path, ...args]);
    expect(await everythingOf(d)).toEqual(before);
    expect(stdout).toBe("");
    return [exitCode, packed(stderr)];
  };
  expect(await refusal("--approve", "s1")).toEqual([
    10,
    expect.stringContaining(packed(`gh devlake repair --apply ${path} --resume --approve s1`)),
  ]);
  const journal = journalOf(gh(), planned);
  const bytes = await readFile(journal);
  await writeFile(journal, Buffer.from(bytes).fill("x", 700, 701));
  expect(await refusal("--resume")).toEqual([
    9,
    expect.stringContaining(packed("is damaged at line 1: its hash")),
  ]);
  await writeFile(journal, bytes);
  const plan = await readFile(join(d.dir, path), "utf8");
  await writeFile(join(d.dir, path), `${plan}# edited\n`);
  const edited = await gh().repair(d, ["--apply", path, "--resume"]);
  expect(edited).toMatchObject({ exitCode: 9, stdout: "" });
  expect(packed(edited.stderr)).toContain(packed("is not the plan whose run is in the journal"));
  const other = await gh().repair(d, ["--apply", path, "--approve", "s1,s2"]);
  expect(other).toMatchObject({ exitCode: 10, stdout: "" });
  expect(packed(other.stderr)).toContain(packed("a run of another plan named"));
  await writeFile(join(d.dir, path), plan);
  expect(await everythingOf(d)).toEqual(before);

  // The power went in the middle of a write, too. The approval is in the journal: nobody is asked again.
  await appendFile(journal, bytes.subarray(0, 100));
  await letGo();
  const resumed = await gh().repair(d, ["--apply", path, "--resume", "--no-input"]);

  expect(resumed, resumed.stderr).toMatchObject({ exitCode: 0 });
  expect(packed(resumed.stderr)).toContain(packed("of the journal was cut off while it was written"));
  expect(await readFile(`${journal}.torn-1`)).toEqual(bytes.subarray(0, 100));
  await expectRecovered(d, moved);
  expect(await preciousOf(d)).toEqual(precious);
  expect(await resultAt(d, resultPath)).toMatchObject({
    outcome: "repaired",
    earlierRuns: [{ number: 1 }],
    steps: [
      { id: "s1", state: "done", earlierRun: 1, attempts: 1, approval: { how: "flag" } },
      { id: "s2", state: "done" },
    ],
  });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  const again = await gh().repair(d, ["--apply", path, "--resume"]);
  expect(again).toMatchObject({ exitCode: 9 });
  expect(packed(again.stderr)).toContain(packed(`its last run ended (repaired), see ${resultPath}`));
  // The copy has no result beside the plan, and the plan is spent there as well.
  const spent = await gh().repair(d, ["--apply", path, "--approve", "s1,s2"], { cwd: copy });
  expect(spent).toMatchObject({ exitCode: 4, stdout: "" });
  expect(packed(spent.stderr)).toContain(packed("has already been applied, as the journal ~/state/"));
});

test("SIGTERM stops the step safely and signs", async () => {
  await using waiting = await waitingDeployment();
  const { d, planned } = waiting;
  const resultPath = planned.path.replace(/\.yaml$/, ".result.json");
  const { child, exited } = await startedRun(d, planned);

  child.kill("SIGTERM");

  expect(await exited).toEqual([130, null]);
  expect(await resultAt(d, resultPath)).toMatchObject({ outcome: "interrupted" });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  expect(await readFile(journalOf(gh(), planned), "utf8")).toContain(
    '"kind":"interrupted","signal":"SIGTERM"',
  );
});

test("a closed terminal hangs nothing: the run ends and signs", async () => {
  await using waiting = await waitingDeployment();
  const { d, planned } = waiting;
  const resultPath = planned.path.replace(/\.yaml$/, ".result.json");
  const { env, launcher } = gh();
  const apply = [...d.enter, ...launcher, "--apply", planned.path, "--approve", "s1,s2"];
  const terminal = await openTerminal(apply, { cwd: d.dir, env: { ...env, ...d.env } });
  await terminal.waitFor("waiting for backend_ready");
  const refused = await gh().repair(d, ["--apply", planned.path, "--approve", "s1,s2"]);
  const pid = /,pid(\d+),since/.exec(packed(refused.stderr))?.[1];

  await terminal[Symbol.asyncDispose]();

  await waitUntil("the run has ended", () => !isAlive(Number(pid)), 20_000);
  expect(await resultAt(d, resultPath)).toMatchObject({ outcome: "interrupted" });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  expect(await readFile(journalOf(gh(), planned), "utf8")).toContain(
    '"kind":"interrupted","signal":"SIGHUP"',
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
