import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeJournal } from "../../src/core/records/journal-record.ts";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import {
  expectNoSecretAnywhere,
  expectRecovered,
  packed,
  planOnly,
  resultAt,
  type Planned,
} from "./repair-run.ts";
import { journalOf } from "./run-files.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { spawnRepair } from "./spawn-repair.ts";
import { ownFiles } from "./written-files.ts";

const gh = useGhDevlake();

/** `GH_DEVLAKE_KILLS=200 npx vitest run --project engine test/scenarios/killed-run.test.ts` looks longer. */
const kills = Number(process.env["GH_DEVLAKE_KILLS"] ?? 6);

/** When to kill: as soon as the journal holds so many records, or after so many milliseconds. */
type Instant = { readonly records: number } | { readonly ms: number };

/** First those that matter most: in the middle of Compose, of writing a file, and of signing. */
const byRecords = [5, 3, 11, 8, 6, 10, 1, 2, 4, 7, 9];

function instants(count: number, runMs: number): readonly Instant[] {
  const random = () => ({ ms: Math.round(Math.random() * runMs * 1.1) });
  return Array.from({ length: count }, (_unused, index) => {
    const records = byRecords[index - Math.floor(index / 3)];
    // Every third one is random, and all beyond the known ones.
    return index % 3 === 2 || records === undefined ? random() : { records };
  });
}

const stateFile = `{
  "deployedAt": "2026-02-18T12:00:00Z",
  "method": "local",
  "endpoints": {
    "backend": "http://localhost:8080",
    "grafana": "http://localhost:3002",
    "configUi": "http://localhost:4000"
  },
  "connections": []
}
`;

const moved = {
  devlake: "http://localhost:8085",
  grafana: "http://localhost:3004",
  "config-ui": "http://localhost:4004",
} as const;

/** Puts the old files back and port 8080 into other hands. */
async function breakAgain(
  d: Deployment,
  original: Readonly<Record<string, string>>,
): Promise<AsyncDisposable> {
  for (const [name, text] of Object.entries(original)) await writeFile(join(d.dir, name), text);
  await d.up("-t", "1");
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  const holder = await d.holdPort(8080);
  expect(await d.compose("start", "devlake", "config-ui")).toMatchObject({ exitCode: 1 });
  return holder;
}

async function recordsOf(planned: Planned) {
  return decodeJournal(await readFile(journalOf(gh(), planned)).catch(() => Buffer.alloc(0)));
}

/** Runs the built program, kills it at the instant, and gives the milliseconds that it ran. */
async function applyAndKill(d: Deployment, planned: Planned, instant: Instant | undefined): Promise<number> {
  const begin = performance.now();
  const child = spawnRepair(gh(), d, ["--apply", planned.path, "--approve", "s1,s2,s3"]);
  child.stderr?.resume();
  const exited = once(child, "exit");
  const isDue = async (): Promise<boolean> => {
    if (instant === undefined) return false;
    if ("ms" in instant) return performance.now() - begin >= instant.ms;
    return (await recordsOf(planned)).records.length >= instant.records;
  };
  // Polling: the file system tells of changes later than the next record may come.
  while (child.exitCode === null && child.signalCode === null) {
    if (await isDue()) child.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await exited;
  return performance.now() - begin;
}

test(
  `kill -9 at ${kills} instants of a run, then --resume: repaired or as before, and signed`,
  { timeout: 300_000 + kills * 60_000 },
  async () => {
    await using d = await seededDeployment();
    const precious = await preciousOf(d);
    await writeFile(join(d.dir, ".devlake-local.json"), stateFile);
    const original: Record<string, string> = {};
    for (const name of ["docker-compose.yml", ".devlake-local.json"])
      original[name] = await readFile(join(d.dir, name), "utf8");
    const old = await ownFiles(d.dir);
    const { runMs, repaired } = await undisturbed(d, original);

    for (const instant of instants(kills, runMs)) {
      const what = JSON.stringify(instant);
      await using _holder = await breakAgain(d, original);
      const planned = await planOnly(gh(), d);

      await applyAndKill(d, planned, instant);

      const between = await ownFiles(d.dir);
      for (const [name, text] of Object.entries(between)) {
        // A file that was being written stands beside the old one until it takes its place.
        if (/^\..*\.[0-9a-f]{12}\.tmp$/.test(name)) continue;
        expect([old[name], repaired[name]], `${what}: ${name}`).toContain(text);
      }
      const leftover = await finish(d, planned, what);
      expect(await preciousOf(d), what).toEqual(precious);
      if (leftover === undefined) {
        expect(await ownFiles(d.dir), what).toEqual(repaired);
        await expectRecovered(d, moved);
      } else {
        const after = await ownFiles(d.dir);
        for (const name of Object.keys(original)) expect(after[name], `${what}: ${name}`).toBe(old[name]);
        // Compose would keep either of the two; what we made of it is gone with the leftover alone.
        await d.docker("rm", "-f", leftover);
      }
      await expectNoSecretAnywhere(gh(), d);
    }
  },
);

/** How long a run takes that nobody kills, and what it leaves. */
async function undisturbed(d: Deployment, original: Readonly<Record<string, string>>) {
  await using _holder = await breakAgain(d, original);
  const runMs = await applyAndKill(d, await planOnly(gh(), d), undefined);
  return { runMs, repaired: await ownFiles(d.dir) };
}

/**
 * Does what the program says until the plan is repaired, and holds the result against the journal.
 *
 * A kill between the moment when Compose makes a new container under another name and the moment
 * when it removes the old one leaves both: the step may not be repeated then, which is signed, and
 * the files are as before.
 *
 * @returns the container that Compose left of a recreation, where there is one.
 */
async function finish(d: Deployment, planned: Planned, what: string): Promise<string | undefined> {
  const { path } = planned;
  const resultPath = path.replace(/\.yaml$/, ".result.json");
  const left = await recordsOf(planned);
  expect(left.kind, what).not.toBe("corrupt");
  const isCutOff = left.records.length > 0;
  const isSigned = await resultAt(d, resultPath).catch(() => undefined);

  const plain = await gh().repair(d, ["--apply", path, "--approve", "s1,s2,s3"]);

  if (isSigned !== undefined) {
    expect(plain, what).toMatchObject({ exitCode: 4 });
    expect(await gh().repair(d, ["--apply", path, "--resume"])).toMatchObject({ exitCode: 9 });
  } else if (isCutOff) {
    expect(plain, what).toMatchObject({ exitCode: 10, stdout: "" });
    const command = `gh devlake repair --apply ${path} --resume --approve s1,s2,s3`;
    expect(packed(plain.stderr)).toContain(packed(command));
    const resumed = await gh().repair(d, command.split(" ").slice(3));
    const leftover = /container (\S+)\s+is left of a recreation/.exec(resumed.stderr)?.[1];
    if (leftover !== undefined) {
      expect(resumed, what).toMatchObject({ exitCode: 7 });
      const cut = await resultAt(d, resultPath);
      expect(cut.steps.map(({ state }) => state)).toEqual(["restored", "restored", "unknown"]);
      expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
      return leftover;
    }
    expect(resumed, `${what}: ${resumed.stdout}${resumed.stderr}`).toMatchObject({ exitCode: 0 });
  } else {
    expect(plain, `${what}: ${plain.stderr}`).toMatchObject({ exitCode: 0 });
  }
  const result = await resultAt(d, resultPath);
  expect(result.steps.map(({ id, state }) => [id, state])).toEqual(
    planned.plan.steps.map(({ id }) => [id, "done"]),
  );
  if (isCutOff && left.records.at(-1)?.entry.kind !== "run_ended") {
    expect(result.earlierRuns).toMatchObject([
      { number: 1, records: { first: 1, last: left.records.length } },
    ]);
    for (const { entry } of left.records) {
      if (entry.kind === "step_outcome")
        expect(result.steps.find(({ id }) => id === entry.step)).toMatchObject({ earlierRun: 1 });
    }
  }
  expect(await recordsOf(planned)).toMatchObject({ kind: "whole", head: result.journal.head });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  return undefined;
}
