import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../e2e/checkout.ts";
import type { Deployment } from "../stack/deployment.ts";
import type { GhDevlake } from "./gh-devlake.ts";

/** The built program itself in the deployment's directory, nothing in between that a signal could hit. */
export function spawnRepair(gh: GhDevlake, d: Deployment, args: readonly string[]): ChildProcess {
  const words = [process.execPath, join(repositoryRoot, "dist/main.js"), "repair", ...args];
  const [command = "", ...rest] = [...d.enter, ...words];
  const env = { ...gh.env, ...d.env };
  return spawn(command, rest, { cwd: d.dir, env, stdio: ["ignore", "ignore", "pipe"] });
}
