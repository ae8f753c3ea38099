import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNodeFiles } from "../../src/adapters/files/node-files.ts";
import { writeUserFile } from "../../src/adapters/files/user-files.ts";

// Other owners and disks of one's own need root, so these tests are not among those of `npm test`.
beforeAll(() => {
  if (process.geteuid?.() !== 0)
    throw new Error("these tests need root, for chown and mount: npm run test:all as root");
});

let directory: string;
const files = () => createNodeFiles(directory);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "files-as-root-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("replace", () => {
  it.each([0o600, 0o644, 0o640])("keeps mode %o and the owner", async (mode) => {
    const path = join(directory, ".env");
    writeFileSync(path, "A=1");
    chmodSync(path, mode);
    chownSync(path, 1010, 1010);

    await files().replace(".env", "A=1", "A=2");

    const { mode: kept, uid, gid } = statSync(path);
    expect({ mode: kept & 0o7777, uid, gid }).toEqual({ mode, uid: 1010, gid: 1010 });
  });

  it("makes a new file for the owner of the directory alone", async () => {
    chownSync(directory, 1010, 1010);

    await files().replace(".env", undefined, "A=1");

    const { mode, uid, gid } = statSync(join(directory, ".env"));
    expect({ mode: mode & 0o7777, uid, gid }).toEqual({ mode: 0o600, uid: 1010, gid: 1010 });
    expect(readdirSync(directory)).toEqual([".env"]);
  });

  it("says so when the directory is another's, or the owner could not be kept", async () => {
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, "mine"));
    chownSync(join(directory, "mine"), 1010, 1010);
    for (const path of ["x", "mine/x"]) writeFileSync(join(directory, path), "old");

    await asUser(1010, async () => {
      await expect(files().replace("x", "old", "new")).rejects.toMatchObject({
        message: "cannot write x: permission denied; it is as it was",
        hint: "run as the owner of the directory, or make it writable",
      });
      await expect(files().replace("mine/x", "old", "new")).rejects.toThrow(
        "cannot keep the owner of mine/x (uid 0)",
      );
    });
    expect(readdirSync(join(directory, "mine"))).toEqual(["x"]);
    expect(statSync(join(directory, "mine/x")).uid).toBe(0);
  });
});

describe("on a disk that takes no more", () => {
  let mounted: string;
  const mount = (...args: readonly string[]) => execFileSync("mount", [...args, mounted]);

  beforeEach(() => {
    mounted = join(directory, "disk");
    mkdirSync(mounted);
    mount("-t", "tmpfs", "-o", "size=256k", "tmpfs");
  });

  afterEach(() => {
    execFileSync("umount", [mounted]);
  });

  it.each([
    ["the new text fits only in part", 400_000],
    ["not one byte is left", 10_000],
  ])("keeps the old file whole when %s", async (_, size) => {
    const old = "o".repeat(16_384);
    writeFileSync(join(mounted, "compose.yml"), old);
    if (size < 100_000) fill(join(mounted, "ballast"));
    const before = readdirSync(mounted);

    const writing = createNodeFiles(mounted).replace("compose.yml", old, "n".repeat(size));

    await expect(writing).rejects.toMatchObject({
      code: "file_unwritable",
      message: "cannot write compose.yml: no space left on its disk; it is as it was",
      hint: "free some disk space, then run this again",
    });
    expect(readFileSync(join(mounted, "compose.yml"), "utf8")).toBe(old);
    expect(readdirSync(mounted)).toEqual(before);
  });

  it("says that the file system is read-only", async () => {
    writeFileSync(join(mounted, "compose.yml"), "old");
    mount("-o", "remount,ro");
    const disk = createNodeFiles(mounted);

    const reason = "its file system is read-only";
    await expect(disk.replace("compose.yml", "old", "new")).rejects.toThrow(
      `cannot write compose.yml: ${reason}`,
    );
    await expect(disk.replace("new", undefined, "new")).rejects.toThrow(`cannot write new: ${reason}`);
    await expect(disk.remove("compose.yml", "old")).rejects.toThrow(`cannot write compose.yml: ${reason}`);
    expect(readFileSync(join(mounted, "compose.yml"), "utf8")).toBe("old");
    expect(readdirSync(mounted)).toEqual(["compose.yml"]);
  });

  it("keeps a user's old file whole when the new one does not fit", async () => {
    const plan = join(mounted, "plan.yaml");
    writeFileSync(plan, "old");

    await expect(writeUserFile(plan, "x".repeat(400_000), { force: true })).rejects.toMatchObject({
      code: "file_unwritable",
    });
    expect(readFileSync(plan, "utf8")).toBe("old");
    expect(readdirSync(mounted)).toEqual(["plan.yaml"]);
  });
});

async function asUser(uid: number, act: () => Promise<void>): Promise<void> {
  process.seteuid?.(uid);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(1024 * 1024));
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  }
}
