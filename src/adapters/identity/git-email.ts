import type { Environment } from "../process/run-command.ts";
import type { RunCommand } from "../process/command.ts";

const TIMEOUT_MS = 2_000;

/**
 * The e-mail address of the user's own git settings; undefined when there is none. `run` has to start git away
 * from any checkout, with `gitEnvironment`: else the settings of a checkout name somebody else.
 */
export async function gitEmail(run: RunCommand): Promise<string | undefined> {
  const asked = await run("git", ["config", "--global", "--get", "user.email"], { timeoutMs: TIMEOUT_MS });
  const email = asked.kind === "exited" && asked.exitCode === 0 ? asked.stdout.trim() : "";
  return email === "" ? undefined : email;
}

/** Without what leads git to another repository or to other settings, as hooks and wrappers of git set it. */
export function gitEnvironment(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^GIT_/i.test(name)));
}
