import { chown, chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPAIR_RESULT_TYPE, REPAIR_UNDO_TYPE } from "../../src/attest/statement.ts";
import { EventLineSchema } from "../../src/core/records/events.ts";
import { UndoAccountSchema, type UndoAccount } from "../../src/core/records/undo-account.ts";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import {
  everythingOf,
  expectNoSecretAnywhere,
  expectRecovered,
  packed,
  planOnly,
  resultAt,
} from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { openTerminal } from "./terminal.ts";
import { ownFiles } from "./written-files.ts";

const gh = useGhDevlake();
const compose = "docker-compose.yml";
const stateFile = ".devlake-local.json";
const stateText = `{
  "endpoints": {
    "backend": "http://localhost:8080",
    "grafana": "http://localhost:3002",
    "configUi": "http://localhost:4000"
  },
  "keptAsItIs": [1.50, "\u00e9"]
}
`;

/** A deployment whose ports were moved by a run: one file that everybody may read, one with its own owner and mode. */
interface Moved {
  readonly d: Deployment;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly precious: Awaited<ReturnType<typeof preciousOf>>;
  readonly resultPath: string;
  readonly holder: Awaited<ReturnType<Deployment["holdPort"]>>;
}

/** What undo prints for the containers that still run on the other ports. */
const recreation = ["up", "-d", "--no-deps", "--force-recreate", "config-ui", "devlake", "grafana"] as const;

let stack: AsyncDisposableStack;
let moved: Moved;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const d = stack.use(await seededDeployment());
  const precious = await preciousOf(d);
  await writeFile(join(d.dir, stateFile), stateText);
  await chmod(join(d.dir, compose), 0o640);
  await chown(join(d.dir, compose), 1234, 4321);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  const holder = await d.holdPort(8080);
  const before = await ownFiles(d.dir);
  const { path } = await planOnly(gh(), d);
  const applied = await gh().repair(d, ["--apply", path, "--approve", "s1,s2,s3"]);
  expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  const resultPath = path.replace(/\.yaml$/, ".result.json");
  const result = await resultAt(d, resultPath);
  expect(result.planner).toMatchObject({ kind: "offline" });
  for (const { attemptLog, attempts } of result.steps) expect(attemptLog).toHaveLength(attempts);
  expect(result.steps.map(({ undoDigest }) => undoDigest !== undefined)).toEqual([true, true, false]);
  moved = { d, before, after: await ownFiles(d.dir), precious, resultPath, holder };
  expect(moved.after[compose]).not.toBe(before[compose]);
});

afterAll(() => stack.disposeAsync());

async function accountAt(d: Deployment, path: string): Promise<UndoAccount> {
  const { payload } = JSON.parse(await readFile(join(d.dir, path), "utf8"));
  return UndoAccountSchema.parse(JSON.parse(Buffer.from(payload, "base64").toString("utf8")).predicate);
}

test("without an approval, and with a result that was tampered with, nothing is taken back", async () => {
  const { d, resultPath } = moved;
  const world = await everythingOf(d);

  const unasked = await gh().repair(d, ["undo", resultPath]);
  expect(unasked).toMatchObject({ exitCode: 4, stdout: "" });
  expect(packed(unasked.stderr)).toContain(
    packed("nobody has approved to take back s1, s2; nothing was changed"),
  );
  const unknown = await gh().repair(d, ["undo", resultPath, "--approve", "s3"]);
  expect(unknown).toMatchObject({ exitCode: 9 });
  expect(await everythingOf(d)).toEqual(world);

  const tampered = resultPath.replace(".result.json", ".tampered.json");
  const envelope = JSON.parse(await readFile(join(d.dir, resultPath), "utf8"));
  const payload = Buffer.from(envelope.payload, "base64");
  payload[200] = (payload[200] ?? 0) ^ 1;
  await writeFile(
    join(d.dir, tampered),
    JSON.stringify({ ...envelope, payload: payload.toString("base64") }),
  );
  const forged = await gh().repair(d, ["undo", tampered, "--approve", "safe"]);
  expect(forged).toMatchObject({ exitCode: 9 });
  expect(packed(forged.stderr)).toContain(packed("a signature does not fit the content"));

  const foreign = await gh().repair(d, ["undo", resultPath, "--approve", "safe"], {
    env: { XDG_CONFIG_HOME: join(gh().home, "another-user") },
  });
  expect(foreign).toMatchObject({ exitCode: 9 });
  expect(packed(foreign.stderr)).toContain(packed("its signer is not known"));
  expect(await ownFiles(d.dir)).toEqual(moved.after);
});

test("what has moved since is named and left alone, the rest is taken back", async () => {
  const { d, before, after, resultPath } = moved;
  const edited = (await readFile(join(d.dir, stateFile), "utf8")).replace("8085", "8086");
  const kept = await readFile(join(d.dir, stateFile));
  await writeFile(join(d.dir, stateFile), edited);

  const ran = await gh().repair(d, ["undo", resultPath, "--approve", "safe", "--json"]);

  expect(ran, ran.stderr).toMatchObject({ exitCode: 7 });
  const { account, accountPath } = JSON.parse(ran.stdout);
  expect(accountPath).toBe(resultPath.replace(".json", ".undo.json"));
  expect(account).toMatchObject({
    outcome: "partly-restored",
    steps: [
      { id: "s3", state: "skipped" },
      {
        id: "s2",
        state: "stale",
        reason: expect.stringContaining(`${stateFile} has been changed since the run`),
      },
      { id: "s1", state: "restored", approval: { action: "undo", how: "flag" } },
    ],
  });
  expect(await readFile(join(d.dir, stateFile), "utf8")).toBe(edited);
  expect((await ownFiles(d.dir))[compose]).toBe(before[compose]);
  const { uid, gid } = await stat(join(d.dir, compose));
  expect([uid, gid]).toEqual([1234, 4321]);
  for (const line of ran.stderr.trimEnd().split("\n")) {
    expect(EventLineSchema.parse(JSON.parse(line))).toEqual(JSON.parse(line));
  }
  expect(await gh().repair(d, ["verify", accountPath, "--dir", "."])).toMatchObject({ exitCode: 0 });
  await writeFile(join(d.dir, stateFile), kept);
  expect((await ownFiles(d.dir))[stateFile]).toBe(after[stateFile]);
});

test("at the terminal each step is asked for; the files are as before the run, and what still runs is said", async () => {
  const { d, before, precious, resultPath } = moved;
  const { env } = gh();

  await using terminal = await openTerminal([...d.enter, ...gh().command, "undo", resultPath], {
    cwd: d.dir,
    env: { ...env, ...d.env },
  });
  const asked = await terminal.waitFor("Take back step s2? y yes, n no, d details, q quit:");
  expect(asked).toMatch(/-\s+"backend": "http:\/\/localhost:8085"/);
  expect(asked).toMatch(/\+\s+"backend": "http:\/\/localhost:8080"/);
  await terminal.type("y");

  expect(await terminal.exitCode()).toBe(0);
  const text = await terminal.text();
  expect(packed(text)).toContain(packed("devlake runs on port 8085; the files say port 8080 again"));
  expect(packed(text)).toContain(packed("it will fail while port 8080 is held by process node"));
  expect(packed(text)).toContain(packed(["docker compose -p", d.project, ...recreation].join(" ")));
  expect(await ownFiles(d.dir)).toEqual(before);
  const account = await accountAt(d, resultPath.replace(".json", ".undo.2.json"));
  expect(account).toMatchObject({
    outcome: "restored",
    steps: [
      { id: "s3", state: "skipped" },
      { id: "s2", state: "restored", approval: { how: "terminal" } },
      { id: "s1", state: "restored", reason: expect.stringContaining("taken back already") },
    ],
    stillRunning: expect.arrayContaining([{ service: "devlake", on: [8085], files: [8080] }]),
  });
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  expect(await preciousOf(d)).toEqual(precious);
});

test("cosign verifies the result and the account, in both of their forms", async () => {
  const { d, resultPath } = moved;
  const plan = resultPath.replace(".result.json", ".yaml");
  const account = resultPath.replace(".json", ".undo.json");
  const key = join(gh().home, "signer.pem");
  const roots = join(gh().home, "no-roots.json");
  await writeFile(key, (await accountAt(d, account)).signer.publicKeyPem);
  // With a key given nobody else is asked; an empty list of roots keeps cosign off the network.
  await writeFile(roots, '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');

  for (const [signed, type, subject] of [
    [resultPath, REPAIR_RESULT_TYPE, plan],
    [account, REPAIR_UNDO_TYPE, resultPath],
  ] as const) {
    const bundle = signed.replace(/json$/, "sigstore.json");
    const common = ["verify-blob-attestation", "--key", key, "--type", type, "--insecure-ignore-tlog=true"];
    const inBundle = ["--new-bundle-format", "--trusted-root", roots, "--bundle", bundle];
    const env = { HOME: gh().home };
    for (const form of [["--signature", signed], inBundle]) {
      const good = await d.exec("cosign", [...common, ...form, subject], { env });
      expect(good, good.stderr).toMatchObject({ exitCode: 0 });
      const other = await d.exec("cosign", [...common, ...form, compose], { env });
      expect(other.exitCode).not.toBe(0);
    }
  }
});

test("a third time there is nothing left to take back, and the printed command brings DevLake up as before", async () => {
  const { d, before, resultPath, holder } = moved;

  const again = await gh().repair(d, ["undo", resultPath, "--approve", "safe"]);
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("taken back already") });
  await holder[Symbol.asyncDispose]();
  expect(await d.compose(...recreation)).toMatchObject({ exitCode: 0 });
  await d.waitReady();

  await expectRecovered(d, {
    devlake: "http://localhost:8080",
    grafana: "http://localhost:3002",
    "config-ui": "http://localhost:4000",
  });
  expect(await ownFiles(d.dir)).toEqual(before);
  // The repair itself is no longer what stands there, and its result still says what was done.
  expect(await gh().repair(d, ["verify", resultPath, "--live"])).toMatchObject({ exitCode: 0 });
  await expectNoSecretAnywhere(gh(), d);
});
