import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { saveTranscript } from "../../../src/adapters/copilot/transcript-file.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "transcript-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test("a transcript is its owner's alone, and a later one takes its place", async () => {
  const path = await saveTranscript(directory, "first");

  expect(path).toBe(join(directory, "transcript.json"));
  expect((await lstat(path)).mode & 0o777).toBe(0o600);
  await saveTranscript(directory, "second");
  expect(await readFile(path, "utf8")).toBe("second");
});

test("a link in its place is replaced, not written through", async () => {
  const other = join(directory, "precious");
  await writeFile(other, "precious");
  const path = await saveTranscript(directory, "first");
  await rm(path);
  await symlink(other, path);

  await saveTranscript(directory, "second");

  expect(await readFile(other, "utf8")).toBe("precious");
  expect(await readFile(path, "utf8")).toBe("second");
});

test("what stands in its place and cannot go away is named", async () => {
  const path = await saveTranscript(directory, "first");
  await rm(path);
  await mkdir(join(path, "full"), { recursive: true });

  await expect(saveTranscript(directory, "text")).rejects.toMatchObject({
    code: "file_unwritable",
    message: expect.stringContaining("transcript.json"),
  });
});
