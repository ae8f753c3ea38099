import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { signalRunning } from "./adapters/process/child-group.ts";
import { compileCacheDirectory } from "./adapters/state/compile-cache.ts";
import { beginComposeConfig } from "./adapters/compose/compose-config-ahead.ts";
import { osUser } from "./adapters/identity/os-user.ts";
import { watchOutput } from "./adapters/terminal/output-failure.ts";

const user = osUser(process.env, process.getuid?.());
const compileCache = compileCacheDirectory({
  env: process.env,
  home: user.home,
  platform: process.platform,
  uid: process.geteuid?.(),
});
if (compileCache !== undefined) enableCompileCache(compileCache);
// src/main.ts and dist/main.js both lie one level below it.
const packageRoot = new URL("..", import.meta.url);
watchOutput(process.stdout, ({ message }) => {
  process.stderr.write(`standard output could not be written: ${message}\n`);
  // However it ends: what was asked for has not reached anybody.
  process.once("exit", () => (process.exitCode ||= 1));
});
watchOutput(process.stderr, () => undefined);
process.once("exit", () => signalRunning("SIGKILL"));
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
      // Whatever is only being asked need not be waited for.
      signalRunning("SIGINT");
    });
  }
  const code = await runCli(rawArgs, {
    env: process.env,
    platform: process.platform,
    pid: process.pid,
    uid: process.geteuid?.(),
    cwd,
    homeDirectory: user.home,
    userName: user.name,
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
