import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSavedSecrets } from "../../../src/adapters/state/saved-secrets.ts";
import { deploymentDigest } from "../../../src/core/records/deployment-id.ts";
import { savedSecretsText } from "../../../src/targets/local/losses/saved-secrets-file.ts";

let base: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), "saved-secrets-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const deployment = { engineId: "engine-1", project: "devlake" };
const text = savedSecretsText("devlake-1", "devlake", new Date(0), [["SESSION_SECRET", "it's $here\n"]]);

function open(directory = path.join(base, "deployment")) {
  const place = { base, own: ["state"], path: path.join(base, "state"), shown: "~/state" };
  return createSavedSecrets({ place, uid: process.getuid?.() }, directory);
}

function folder(): string {
  return path.join(base, "state", deploymentDigest(deployment), "saved_secrets");
}

it("keeps each file for its owner alone, and tells where", async () => {
  const saved = open();

  const paths = [
    await saved.save(deployment, "devlake-1", text),
    await saved.save(deployment, "../x y", text),
  ];

  expect(paths).toEqual([
    `~/state/${deploymentDigest(deployment)}/saved_secrets/1-devlake-1.env`,
    `~/state/${deploymentDigest(deployment)}/saved_secrets/2-.._x_y.env`,
  ]);
  for (const name of await readdir(folder())) {
    expect((await stat(path.join(folder(), name))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(folder(), name), "utf8")).toBe(text);
  }
  expect((await stat(folder())).mode & 0o777).toBe(0o700);
});

it("reads back what was saved of this deployment, and makes nothing where nothing was", async () => {
  expect(await open().read(deployment)).toEqual([]);
  expect(await readdir(base)).toEqual([]);

  await open().save(deployment, "devlake-1", text);

  expect(await open().read(deployment)).toEqual([["SESSION_SECRET", "it's $here\n"]]);
  expect(await open().read({ ...deployment, project: "other" })).toEqual([]);
});

it("neither believes nor uses a place that others may write, or that lies in the deployment", async () => {
  await open().save(deployment, "devlake-1", text);
  await expect(open(base).read(deployment)).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(open(base).save(deployment, "x", text)).rejects.toMatchObject({ code: "file_unwritable" });

  await chmod(folder(), 0o777);

  await expect(open().read(deployment)).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(open().save(deployment, "x", text)).rejects.toMatchObject({ code: "file_unwritable" });
});
