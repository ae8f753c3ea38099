import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir, userInfo } from "node:os";
import { beginComposeConfig } from "./adapters/compose-config-ahead.ts";

enableCompileCache();
// src/main.ts and dist/main.js both lie one level below it.
const packageRoot = new URL("..", import.meta.url);
process.exitCode = await main(process.argv.slice(2));

async function main(rawArgs: readonly string[]): Promise<number> {
  const version = ownVersion();
  // Answered before anything is loaded: it is what scripts and `gh` ask most.
  if (
    rawArgs.at(-1) === "--version" &&
    (rawArgs.length === 1 || (rawArgs.length === 2 && rawArgs[0] === "repair"))
  ) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const cwd = process.cwd();
  const begunAhead = beginComposeConfig(rawArgs, { cwd, env: process.env });
  await import("./core/interpreted-schemas.ts");
  const { runCli } = await import("./run-cli.ts");
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Not `once`: execa ends a process whose signals nobody else listens to. Twice is meant: then at once.
    process.on(name, () => {
      if (interrupt.signal.aborted) {
        process.stderr.write(
          "ended at once; a run that was under way goes on with: gh devlake repair --apply FILE --resume\n",
        );
        process.exit(130);
      }
      interrupt.abort(new Error(`interrupted by ${name}`));
    });
  }
  // A reader that goes away, such as `head` or a closed terminal, is no fault of ours and stops no run.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
  const code = await runCli(rawArgs, {
    env: process.env,
    platform: process.platform,
    pid: process.pid,
    cwd,
    homeDirectory: homedir(),
    userName: userInfo().username,
    nodeVersion: process.versions.node,
    version,
    packageRoot,
    begunAhead,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupt.signal,
  });
  begunAhead?.abandon();
  return code;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8")) as {
    version: string;
  };
  return version;
}
