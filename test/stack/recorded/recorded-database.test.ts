import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustRun, runCommand } from "../run-command.ts";
import { waitUntil } from "../wait-until.ts";
import { readDistilled, readRecordings, recordingsDirectory } from "./recordings.ts";
import { type StartShape, databaseShape } from "./shapes.ts";

const image = `mysql:8${process.env["STACK_TAG_SUFFIX"] ?? ""}`;
const recordings = recordingsDirectory === undefined ? readDistilled() : readRecordings(recordingsDirectory);
const own = `gh-devlake-test-${process.pid}-${randomBytes(3).toString("hex")}`;
const password = ["-e", "MYSQL_ROOT_PASSWORD=admin"];
const settings = [
  ...password,
  "-e",
  "MYSQL_DATABASE=lake",
  "-e",
  "MYSQL_USER=merico",
  "-e",
  "MYSQL_PASSWORD=merico",
];
const command = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin", "--skip-log-bin"];
const removed = "--default-authentication-plugin=mysql_native_password";

interface Case {
  /** Of the files of a server that was stopped in order; absent for an empty directory. */
  readonly after?: string;
  /** What an empty directory holds all the same. */
  readonly holds?: string;
  readonly bind?: true;
  readonly run?: readonly string[];
  readonly command?: readonly string[];
  readonly mode?: ":ro";
}

/** State of the data directory and the way it is started, for each recording. */
const cases: Readonly<Record<string, Case>> = {
  "mysql97-ibdata1-truncated": { after: "truncate -s 1M ibdata1" },
  "mysql97-redo-gone": { after: 'rm -rf "#innodb_redo"' },
  "mysql97-mysql-ibd-gone": { after: "rm mysql.ibd" },
  "mysql97-mysql-dir-gone": { after: "rm -r mysql" },
  "mysql97-files-without-mysql-dir": { holds: "touch left" },
  "mysql97-existing-readonly-mount": { after: "true", mode: ":ro" },
  "mysql97-existing-wrong-owner": { after: "true", run: ["--user", "1000:1000"] },
  "mysql97-readonly-empty": { bind: true, mode: ":ro" },
  "mysql97-unwritable-empty": { bind: true, run: ["--user", "999:999"] },
  "mysql97-removed-option": { after: "true", command: [removed] },
  "mysql97-removed-option-empty": { command: [removed] },
  "mysql97-disk-full-at-init": { run: ["--mount", "type=tmpfs,dst=/var/lib/mysql,tmpfs-size=8m"] },
  "mysql97-no-password-env": { run: ["--env", "MYSQL_ROOT_PASSWORD="] },
};
const byTheirOwnTest = ["mysql97-first-start", "mysql97-second-start", "mysql97-second-server-on-volume"];

/** How often it asked is no matter. */
const times = (shape: StartShape) => ({
  ...shape,
  stderr: shape.stderr.map((line) => line.replace(/ ×\d+$/, "")),
});

let directory = "";
const started: string[] = [];
const volumes: string[] = [];

async function start(name: string, words: readonly string[], more: readonly string[]): Promise<string> {
  const container = `${own}-${name}`;
  started.push(container);
  await mustRun("docker", ["run", "-d", "--name", container, ...words, image, ...more]);
  return container;
}

async function shapeOf(container: string): Promise<StartShape> {
  const { stdout, stderr } = await runCommand("docker", ["logs", container]);
  const exitCode = Number(await mustRun("docker", ["inspect", "--format", "{{.State.ExitCode}}", container]));
  return databaseShape({ stdout, stderr, exitCode });
}

const serves = async (container: string): Promise<boolean> =>
  (await runCommand("docker", ["logs", container])).stderr.includes("port: 3306 ");

async function volume(name: string, script?: string): Promise<string> {
  const made = `${own}-${name}`;
  volumes.push(made);
  if (script !== undefined)
    await mustRun("docker", [
      "run",
      "--rm",
      "--user",
      "root",
      "-v",
      `${own}-base:/from:ro`,
      "-v",
      `${made}:/to`,
      "--entrypoint",
      "sh",
      image,
      "-c",
      `cd /to && ${script}`,
    ]);
  return made;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), `${own}-`));
  await chmod(directory, 0o755);
  const base = await volume("base");
  const first = await start("first-start", [...settings, "-v", `${base}:/var/lib/mysql`], command);
  await waitUntil("the first server serves", () => serves(first));
  await mustRun("docker", ["stop", first]);
});

afterAll(async () => {
  if (started.length > 0) await runCommand("docker", ["rm", "-fv", ...started]);
  if (volumes.length > 0) await runCommand("docker", ["volume", "rm", "-f", ...volumes]);
  await rm(directory, { recursive: true, force: true });
});

function expected(name: string): StartShape {
  const recorded = recordings[name]?.start;
  if (recorded === undefined) throw new Error(`no recording of ${name}`);
  return recorded;
}

test("every start of a database that was recorded has its state here", () => {
  const recorded = Object.keys(recordings).filter((name) => recordings[name]?.release === "mysql");
  expect([...Object.keys(cases), ...byTheirOwnTest].sort()).toEqual(recorded.sort());
});

test("a first start, and the next one on its files", async () => {
  expect(await shapeOf(`${own}-first-start`)).toEqual(expected("mysql97-first-start"));
  const second = await start("second", [...settings, "-v", `${own}-base:/var/lib/mysql`], command);
  await waitUntil("the second server serves", () => serves(second));
  await mustRun("docker", ["stop", second]);
  expect(await shapeOf(second)).toEqual(expected("mysql97-second-start"));
});

describe("as recorded of the real server", () => {
  test.concurrent.each(Object.entries(cases))("%s", async (name, one) => {
    const script = one.after === undefined ? one.holds : `cp -a /from/. . && ${one.after}`;
    const from = one.bind ? directory : await volume(name, script);
    const mount =
      name === "mysql97-disk-full-at-init" ? [] : ["-v", `${from}:/var/lib/mysql${one.mode ?? ""}`];
    const container = await start(name, [...settings, ...mount, ...(one.run ?? [])], one.command ?? command);
    await mustRun("docker", ["wait", container]);
    const found = await shapeOf(container);
    const wanted = expected(name);
    expect(found).toEqual(wanted);
  });
});

test("a second server on the same files waits for the lock, and does not hear a stop", async () => {
  const held = await volume("held", "cp -a /from/. .");
  const holder = await start("holder", [...settings, "-v", `${held}:/var/lib/mysql`], command);
  await waitUntil("the holder serves", () => serves(holder));

  const second = await start("waiting", [...settings, "-v", `${held}:/var/lib/mysql`], []);
  await waitUntil("it asks a second time", async () =>
    /error: 11[^]*error: 11/.test((await runCommand("docker", ["logs", second])).stderr),
  );
  await mustRun("docker", ["stop", "-t", "1", second]);

  expect(times(await shapeOf(second))).toEqual(times(expected("mysql97-second-server-on-volume")));
});

test("a first run that was cut short leaves a server that knows no user, or none at all", async () => {
  const unfinished = await volume("unfinished");
  const halves = [
    ["users", "port: 3306 "],
    [
      "files",
      "[MY-010457] [Server] --initialize specified but the data directory has files in it. Aborting.",
    ],
  ] as const;
  for (const [end, said] of halves) {
    const files = `${unfinished}-${end}`;
    volumes.push(files);
    const cutShort = await start(
      `cut-${end}`,
      [...settings, "-e", `STANDIN_INIT_ENDS_AT=${end}`, "-v", `${files}:/var/lib/mysql`],
      command,
    );
    expect(await mustRun("docker", ["wait", cutShort])).toBe("137");
    const next = await start(`after-${end}`, [...settings, "-v", `${files}:/var/lib/mysql`], command);
    await waitUntil(said, async () => (await runCommand("docker", ["logs", next])).stderr.includes(said));
    if (end !== "users") continue;
    const asked = await runCommand("docker", [
      "exec",
      next,
      "mysql",
      "-h127.0.0.1",
      "-umerico",
      "-pmerico",
      "-e",
      "SELECT 1",
    ]);
    expect(asked.stderr).toMatch(/ERROR (?:1130|1045)/);
  }
});
