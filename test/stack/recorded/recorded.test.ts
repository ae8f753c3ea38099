import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustRun, runCommand } from "../run-command.ts";
import { waitUntil } from "../wait-until.ts";
import { newTestName } from "../test-names.ts";
import { type Ask, distil, readDistilled, readRecordings, recordingsDirectory } from "./recordings.ts";
import { expectAlike, slackInHandlers, withoutCauses } from "./alike.ts";
import { notReplayed, skipped } from "./not-replayed.ts";
import { replayOf, requestsOf } from "./replays.ts";
import { type RecordedAnswer, answerShape, startShape } from "./shapes.ts";

const images = {
  backend: `devlake.docker.scarf.sh/apache/devlake:v1.0.2${process.env["STACK_TAG_SUFFIX"] ?? ""}`,
  mysql: `mysql:8${process.env["STACK_TAG_SUFFIX"] ?? ""}`,
};
const distilled = readDistilled();
const read = recordingsDirectory === undefined ? distilled : readRecordings(recordingsDirectory);
const recordings = Object.fromEntries(Object.entries(read).filter(([, one]) => one.release !== "mysql"));
if (recordingsDirectory === undefined)
  console.warn(
    "THE RECORDINGS OF THE REAL BACKEND ARE NOT HERE (../shared/devlake/recordings or DEVLAKE_RECORDINGS): the stand-in is held against what was distilled from them into test/stack/recorded/shapes.json.",
  );

interface Played {
  readonly name: string;
  readonly trouble?: string;
  readonly exitCode: number | null;
  readonly running?: boolean;
  readonly seconds?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly answers: readonly (RecordedAnswer & { readonly seconds: number })[];
}

const replays = Object.keys(recordings).flatMap((name) => {
  const replay = replayOf(name);
  return replay === undefined ? [] : [{ name, replay }];
});

const plugins: Readonly<Record<string, string>> = {
  "/devlake/plugins021": "three",
  "/devlake/plugins101": "three",
  "/devlake/plugins102": "five",
  "/devlake/pluginsmain": "five",
  "/devlake/noplug": "none",
  "/devlake/plugbad": "bad",
};

/** As the program in the container takes it. */
function caseOf({ name, replay }: (typeof replays)[number], number: number): object {
  const recorded = recordings[replay.start];
  if (recorded?.env === undefined) throw new Error(`${replay.start} has no environment`);
  const { LOGGING_DIR: logs, PORT: port, DB_URL: url, ...rest } = recorded.env;
  const database = `case${number}`;
  const changed =
    replay.prepare.length === 0 ? url : url?.replace(/127\.0\.0\.1:\d+\/\w+/, `127.0.0.1:3306/${database}`);
  const kind = plugins[rest["PLUGIN_DIR"] ?? ""];
  const ownPort = !name.startsWith("start-port-");
  const asked = recordings[replay.answers ?? ""];
  return {
    name,
    database,
    ...(kind !== undefined && { plugins: kind }),
    ownPort,
    ...(replay.proxy && { proxy: true }),
    prepare: replay.prepare,
    requests: replay.requests ?? (asked ? requestsOf(asked, replay) : []),
    env: {
      ...rest,
      ...(changed !== undefined && {
        DB_URL: changed.replace(/root:[^@]*@/, "root:admin@").replace("127.0.0.1:13307", "127.0.0.1:3306"),
      }),
      STANDIN_RELEASE: recorded.release,
      ...(logs?.startsWith("/proc") && { LOGGING_DIR: logs }),
      ...(port !== undefined && { PORT: port }),
      ...replay.env,
    },
  };
}

const container = `${newTestName()}-recorded`;
const played = new Map<string, Played>();
/** What is told of the real backend and was not recorded alone. */
const extraCases = [
  {
    name: "a hung database",
    proxy: true,
    prepare: [{ migrate: true }, { rows: ["connections", "project", "pipeline"] }],
    requests: [
      { method: "GET", path: "/health" },
      { hang: true },
      { method: "GET", path: "/ready" },
      { method: "GET", path: "/health" },
    ],
  },
  { name: "every plugin", prepare: [{ migrate: true }], requests: [] },
  {
    name: "a short token",
    prepare: [
      { migrate: true },
      { rows: ["connections"] },
      { sql: ["UPDATE _tool_github_connections SET token = 'kOFP+XBIjnkwwMKxsZm+cg=='"] },
    ],
    requests: [{ method: "GET", path: "/plugins/github/connections" }],
    // The row above is `ghp_test` under it.
    env: { ENCRYPTION_SECRET: "TESTSECRETTESTSECRETTESTSECRET" },
  },
].map((one, number) => ({
  ...one,
  database: `case9${number}`,
  env: {
    ENCRYPTION_SECRET: "A".repeat(32),
    DB_URL: `mysql://merico:merico@127.0.0.1:3306/case9${number}`,
    ENABLE_STACKTRACE: "true",
    ...one.env,
  },
}));

beforeAll(async () => {
  await mustRun("docker", [
    "run",
    "-d",
    "--name",
    container,
    "--label",
    "gh-devlake.test=recorded",
    "-e",
    "MYSQL_ROOT_PASSWORD=admin",
    "-e",
    "MYSQL_DATABASE=lake",
    "-e",
    "MYSQL_USER=merico",
    "-e",
    "MYSQL_PASSWORD=merico",
    images.mysql,
  ]);
  await waitUntil("the database takes connections", async () =>
    (await runCommand("docker", ["logs", container])).stderr.includes("port: 3306 "),
  );
  const cases = [...replays.map(caseOf), ...extraCases];
  const { stdout } = await execa(
    "docker",
    [
      "run",
      "--rm",
      "-i",
      "--name",
      `${container}-backend`,
      "--network",
      `container:${container}`,
      "--user",
      "root",
      "-v",
      `${join(import.meta.dirname, "replay.py")}:/replay.py:ro`,
      "--entrypoint",
      "python3",
      images.backend,
      "/replay.py",
    ],
    { input: JSON.stringify(cases), stderr: "inherit" },
  );
  for (const one of JSON.parse(stdout) as Played[]) {
    played.set(one.name, one);
  }
});

afterAll(async () => {
  await runCommand("docker", ["rm", "-fv", container, `${container}-backend`]);
});

test("what was distilled into this repository is what the recordings say", () => {
  if (recordingsDirectory === undefined) return;
  expect(distil(distilled)).toEqual(distil(read));
});

test("each recording is replayed, asked for by one that is, or known not to be", () => {
  const asked = new Set(replays.flatMap(({ name, replay }) => [name, replay.answers]));
  const left = Object.keys(recordings).filter((name) => !asked.has(name));
  expect(left.sort()).toEqual(Object.keys(notReplayed).sort());
});

describe("as recorded of the real backend", () => {
  test.each(replays)("$name", ({ name, replay }) => {
    const one = played.get(name);
    expect(one?.trouble).toBeUndefined();
    if (one === undefined) throw new Error("not played");
    const asked = recordings[replay.answers ?? name];
    const requests = (replay.requests ?? (asked ? requestsOf(asked, replay) : [])).filter(
      (request): request is Ask => "method" in request,
    );
    const shapes = one.answers.map((answer, index) => {
      const request = requests[index] ?? { method: "", path: "" };
      return `${request.method} ${request.path}: ${answerShape(request.method, answer)}`;
    });
    if (replay.requests === undefined) {
      const expected = (asked?.exchanges ?? []).filter((exchange) =>
        requests.some((request) => request.path === exchange.path && request.method === exchange.method),
      );
      expect(withoutCauses(shapes, expected.map(described))).toEqual(expected.map(described));
    } else {
      const possible = new Set((asked?.exchanges ?? []).map(described));
      if (possible.size > 0)
        expect(
          shapes.filter(
            (shape) => !possible.has(shape) && !possible.has(shape.replace(/error: .*/, "error")),
          ),
        ).toEqual([]);
    }
    const start = recordings[name]?.start;
    // Where requests were left out, so is what they made it say.
    const whole =
      asked?.exchanges?.every((exchange) => skipped(exchange) === undefined) && replay.requests === undefined;
    const without = [...(replay.without ?? []), ...(whole && !replay.without ? [] : ["answering"])];
    if (start) expectAlike(startShape(one), start, without, start.exitCode === 2 ? 0 : slackInHandlers);
  });
});

const described = (exchange: Ask & { readonly shape: string }): string =>
  `${exchange.method} ${exchange.path}: ${exchange.shape}`;

const linesOf = (text: string | undefined): string[] => text?.replace(/\n$/, "").split("\n") ?? [];

describe("how deep the cause of a failure stands", () => {
  // The files leave out the middle of what is long; these are the numbers of the whole.
  test("a start with another secret says 338 lines, its cause 20 before the end", () => {
    const one = played.get("secret-changed-enabled-blueprint-start-v1.0.2");
    const said = linesOf(one?.stderr);

    expect([said.length, linesOf(one?.stdout).length]).toEqual([322, 16]);
    expect(said.length - said.findLastIndex((line) => line.includes("invalid encryptionSecret"))).toBe(20);
  });

  test.each([
    ["with", "migration-fails-table-missing-start-main", 111],
    ["without", "gate-and-failed-migration-no-stacktrace-start-main", 53],
  ])(
    "%s stack traces, a failed confirmation is followed by as many lines as recorded",
    (_, name, recorded) => {
      const one = played.get(name);
      const said = linesOf(one?.stdout);
      const failed = said.findIndex((line) => line.includes("failed to execute migration"));
      // What gin's recovery says about it follows on stderr, then its access line; each later probe adds two.
      const recovery = linesOf(one?.stderr).slice(2);
      const first = recovery.findIndex((line) => line === "\u001b[0m") + 1;
      const access = said.findIndex((line, at) => at > failed && line.includes("/proceed-db-migration"));

      expect(Math.abs(first + (access - failed) + 1 - recorded)).toBeLessThanOrEqual(slackInHandlers);
    },
  );

  test("each 503 and each 428 adds two lines", () => {
    const said = startShape(
      played.get("gate-start-main-on-v1.0.2-db") ?? { stdout: "", stderr: "", exitCode: null },
    );
    expect(said.answering.slice(1, 3)).toEqual([
      "error: HTTP 503 error … service is not ready: waiting for migration confirmation (503)",
      '[GIN] 503 GET "/ready"',
    ]);
  });

  test("a normal start with every plugin says seventy lines and more", async () => {
    const one = played.get("every plugin");
    expect(one?.running).toBe(true);
    expect(linesOf(one?.stdout).length).toBeGreaterThan(70);
  });
});

test("a database that hangs is given five seconds by /health and none by /ready", () => {
  const [healthy, ready, hung] = played.get("a hung database")?.answers ?? [];
  expect(healthy).toMatchObject({ status: 200 });
  expect(ready).toMatchObject({ status: 200 });
  expect(hung).toMatchObject({
    status: 500,
    body: expect.stringContaining("timeout reading from pipelines"),
  });
  expect(hung?.seconds).toBeGreaterThan(4.9);
  expect(hung?.seconds).toBeLessThan(6);
});

test("a token shorter than GitHub's own makes the plugin panic: 500 and nothing", () => {
  const [answer] = played.get("a short token")?.answers ?? [];
  expect(answer).toMatchObject({ status: 500, body: "" });
});
