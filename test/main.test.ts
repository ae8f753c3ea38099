import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const program = path.join(import.meta.dirname, "..", "src", "main.ts");

/** Linux has a device on which every write fails as on a full disk. */
const full = "/dev/full";

test.runIf(existsSync(full)).each([["repair", "tools"], ["--version"]])(
  "says in one line that nothing could be written: %s",
  async (...args) => {
    const stdout = openSync(full, "w");
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", stdout, "pipe"] });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));

    const [code] = await once(child, "close");
    closeSync(stdout);

    expect(said).toBe("standard output could not be written: ENOSPC: no space left on device, write\n");
    expect(code).toBe(1);
  },
);
