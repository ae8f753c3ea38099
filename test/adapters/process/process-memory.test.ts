import { pid } from "node:process";
import { expect, test } from "vitest";
import { memoryOf } from "../../../src/adapters/process/process-memory.ts";
import type { CommandResult, RunCommand } from "../../../src/adapters/process/command.ts";

const MIB = 1024 * 1024;
const says =
  (result: CommandResult): RunCommand =>
  async () =>
    result;
const prints = (stdout: string): RunCommand => says({ kind: "exited", exitCode: 0, stdout, stderr: "" });
const nothing = says({ kind: "not_found" });

test("of this process is as large as Node is", async () => {
  const bytes = (await memoryOf(pid, nothing, "linux")) ?? 0;

  expect(bytes).toBeGreaterThan(20 * MIB);
  expect(bytes).toBeLessThan(8192 * MIB);
});

test("of a process that is gone is not known", async () => {
  expect(await memoryOf(2 ** 22 + 1, nothing, "linux")).toBeUndefined();
});

test.each([
  ["darwin", " 105424\n", 105_424],
  ["darwin", "", undefined],
  ["win32", '"copilot-runtime.exe","4711","Console","1","105,424 K"\r\n', 105_424],
  ["win32", '"copilot-runtime.exe","4711","Console","1","105.424 K"\r\n', 105_424],
  ["win32", "INFO: No tasks are running which match the specified criteria.\r\n", undefined],
] as const)("of %s is read from %j", async (system, printed, kib) => {
  expect(await memoryOf(4711, prints(printed), system)).toBe(kib === undefined ? undefined : kib * 1024);
});

test("is not known where the system's program is missing or does not answer", async () => {
  expect(await memoryOf(4711, nothing, "darwin")).toBeUndefined();
  expect(await memoryOf(4711, says({ kind: "timed_out" }), "win32")).toBeUndefined();
});
