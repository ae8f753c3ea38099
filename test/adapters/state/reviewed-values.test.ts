import { randomUUID } from "node:crypto";
import { copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PlannedPlace } from "../../../src/core/records/deployment-id.ts";
import { deploymentDigest } from "../../../src/core/records/deployment-id.ts";
import { digestBytes, sha256Hex } from "../../../src/core/text/digest.ts";
import { temporaryState, type TemporaryState } from "./temporary-state.ts";

let own: TemporaryState;
let place: PlannedPlace;
const preload = { service: "config-ui", setting: "environment.LD_PRELOAD" };
const checkout = "/srv/devlake";

beforeEach(async () => {
  own = await temporaryState();
  place = { deployment: { engineId: randomUUID(), project: "devlake" }, planDigest: digestBytes("a plan") };
});

afterEach(() => own[Symbol.asyncDispose]());

function directoryOf({ deployment }: PlannedPlace): string {
  return path.join(own.path, deploymentDigest(deployment), "reviewed_values");
}

function fileOf(at: PlannedPlace): string {
  return path.join(directoryOf(at), `${at.planDigest.slice("sha256:".length)}.json`);
}

test("a value is known again, and another one is told from it", async () => {
  await own.state.keepReviewed(place, checkout, [{ ...preload, value: "/lib/mine.so" }]);

  const reviewed = await own.state.reviewed(place, checkout);

  expect(reviewed(preload, "/lib/mine.so")).toBe("same");
  expect(reviewed(preload, "/lib/evil.so")).toBe("differs");
  expect(reviewed({ ...preload, setting: "environment.PIN" }, "/lib/mine.so")).toBe("not_kept");
  expect(reviewed({ ...preload, service: "grafana" }, "/lib/mine.so")).toBe("not_kept");
});

test("what is kept is for its owner alone, and holds neither the value nor a plain digest of it", async () => {
  await own.state.keepReviewed(place, checkout, [{ ...preload, value: "hunter2" }]);

  const text = await readFile(fileOf(place), "utf8");

  expect(text).not.toContain("hunter2");
  expect(text).not.toContain(sha256Hex("hunter2"));
  expect(JSON.parse(text)).toEqual({
    values: [{ ...preload, digest: expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/) }],
  });
  expect((await stat(fileOf(place))).mode & 0o777).toBe(0o600);
  expect((await stat(directoryOf(place))).mode & 0o777).toBe(0o700);
  expect(await readdir(directoryOf(place))).toHaveLength(1);
});

test("where nothing was kept, nothing is made", async () => {
  const reviewed = await own.state.reviewed(place, checkout);

  expect(reviewed(preload, "x")).toBe("not_kept");
  await expect(stat(own.path)).rejects.toMatchObject({ code: "ENOENT" });
});

test("what was kept of one plan says nothing of another", async () => {
  await own.state.keepReviewed(place, checkout, [{ ...preload, value: "x" }]);
  const other = { ...place, planDigest: digestBytes("another plan") };

  expect((await own.state.reviewed(other, checkout))(preload, "x")).toBe("not_kept");
  await copyFile(fileOf(place), fileOf(other));
  expect((await own.state.reviewed(other, checkout))(preload, "x")).toBe("differs");
});

test.each([
  ["is broken", (file: string) => writeFile(file, '{"values":')],
  ["holds more than it should", (file: string) => writeFile(file, '{"values":[],"more":1}')],
  ["lost its key", () => rm(path.join(own.path, "journal-key"))],
])("a file that %s counts as none", async (_what, change) => {
  await own.state.keepReviewed(place, checkout, [{ ...preload, value: "x" }]);
  await change(fileOf(place));

  expect((await own.state.reviewed(place, checkout))(preload, "x")).toBe("not_kept");
});

test("nothing is kept in the deployment's own directory", async () => {
  await expect(own.state.keepReviewed(place, own.home, [{ ...preload, value: "x" }])).rejects.toMatchObject({
    code: "file_unwritable",
  });
});
