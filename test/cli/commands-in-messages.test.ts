import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { splitArgs } from "../../src/cli/flag-words.ts";
import { commandsOf } from "../command-lines.ts";
import { repositoryRoot } from "../committed-examples.ts";

interface Mention {
  readonly file: string;
  readonly line: string;
  readonly words: readonly string[];
}

/** What stands behind `gh devlake` in string literals, up to where the command ends. */
function mentions(): readonly Mention[] {
  const src = join(repositoryRoot, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const code = readFileSync(join(src, file), "utf8")
        .replaceAll(/\/\*[\s\S]*?\*\//g, "")
        .replaceAll(/^\s*\/\/.*$/gm, "");
      return [...code.matchAll(/gh devlake ([^"`;:'\\\n]*)/g)].map(([line, rest = ""]) => {
        const words = rest.replaceAll(/\$\{[^}]*\}/g, " X ").split(/[\s,()]+/);
        return { file, line, words: words.filter((word) => word !== "") };
      });
    });
}

/** Words that follow `gh devlake` and `gh devlake repair` in prose, and the other extension's commands. */
const notCommands = new Set(["status", "start", "deploy", "cannot", "itself", "that"]);

test("every command that a message names exists, with its flags", async () => {
  const commands = await commandsOf();
  const found = mentions();

  expect(found.length).toBeGreaterThan(50);
  for (const { file, line, words } of found) {
    const [program = "", first = "", ...others] = words;
    if (notCommands.has(program)) continue;
    expect(program, `${file}: ${line}`).toBe("repair");
    if (first === "" || first === "X" || notCommands.has(first)) continue;
    const sub = commands.get(first);
    const isFlag = first.startsWith("-");
    expect(isFlag || sub !== undefined, `${file}: no command "${first}" in ${line}`).toBe(true);
    const given = (isFlag ? [first, ...others] : others).filter((word) => word !== "--help");
    expect(() => splitArgs(sub ?? commands.get("") ?? {}, given), `${file}: ${line}`).not.toThrow();
  }
});
