import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const program = path.join(import.meta.dirname, "..", "src", "main.ts");

test.each([["repair", "tools"], ["--version"]])(
  "says in one line that nothing could be written: %s",
  async (...args) => {
    // A file that is open for reading fails every write everywhere, as a full disk does.
    const stdout = openSync(program, "r");
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", stdout, "pipe"] });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));

    const [code] = await once(child, "close");
    closeSync(stdout);

    expect(said).toMatch(/^standard output could not be written: EBADF[^\n]*\n$/);
    expect(code).toBe(1);
  },
);
