import { describe, expect, it } from "vitest";
import { createMemoryFiles } from "../../../src/adapters/copilot/copilot-memory-files.ts";

describe("files in memory", () => {
  it("hold what is written and appended", async () => {
    const files = createMemoryFiles();

    await files.writeFile("/state/a", "one ");
    await files.appendFile("/state/a", "two");
    await files.appendFile("/state/b", "ü");

    expect(await files.readFile("/state/a")).toBe("one two");
    expect(await files.stat("/state/b")).toMatchObject({ isFile: true, isDirectory: false, size: 2 });
  });

  it("stand in directories", async () => {
    const files = createMemoryFiles();

    await files.mkdir("/state", true);
    await files.mkdir("/state/deep", true);
    await files.writeFile("/state/a", "");
    await files.writeFile("/state/deep/b", "");

    expect(await files.readdir("/state")).toEqual(["a", "deep"]);
    expect(await files.readdirWithTypes("/state")).toEqual([
      { name: "a", type: "file" },
      { name: "deep", type: "directory" },
    ]);
    expect(await files.stat("/state")).toMatchObject({ isDirectory: true });
    expect([await files.exists("/state/deep/b"), await files.exists("/state/c")]).toEqual([true, false]);
  });

  it("are moved and removed", async () => {
    const files = createMemoryFiles();
    await files.mkdir("/state", true);
    await files.writeFile("/state/a", "text");

    await files.rename("/state/a", "/state/b");
    expect(await files.readFile("/state/b")).toBe("text");

    await files.rm("/state", true, true);
    expect([await files.exists("/state"), await files.exists("/state/b")]).toEqual([false, false]);
  });

  it("that are not there are missing as on a disk", async () => {
    const files = createMemoryFiles();

    await expect(files.readFile("/no")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(files.stat("/no")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(files.rename("/no", "/yes")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
