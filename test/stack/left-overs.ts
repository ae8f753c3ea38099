import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLeftOverEngines } from "./private-engine.ts";
import { type CommandResult, mustRun } from "./run-command.ts";
import { isLeftOver } from "./test-names.ts";

const label = "com.docker.compose.project";

/** The docker CLI of one engine. */
export type DockerCli = (...args: readonly string[]) => Promise<CommandResult>;

/** Removes a Compose project by its labels: this works too when its files are broken or gone. */
export async function removeProject(docker: DockerCli, project: string): Promise<void> {
  const filter = `label=${label}=${project}`;
  await removeListed(docker, ["ps", "-aq", "--filter", filter], ["rm", "-f", "-v"]);
  await removeListed(docker, ["volume", "ls", "-q", "--filter", filter], ["volume", "rm", "-f"]);
  await removeListed(docker, ["network", "ls", "-q", "--filter", filter], ["network", "rm"]);
}

async function removeListed(
  docker: DockerCli,
  list: readonly string[],
  remove: readonly string[],
): Promise<void> {
  const listed = await docker(...list);
  const ids = [...new Set(listed.stdout.split("\n"))].filter((id) => id !== "");
  if (ids.length === 0) return;
  const removed = await docker(...remove, ...ids);
  // A container that ends by itself meanwhile is gone, which is all that is wanted.
  if (removed.exitCode !== 0 && !/no such|already in progress/i.test(removed.stderr)) {
    throw new Error(`docker ${remove.join(" ")} failed: ${removed.stderr}`);
  }
}

/** Removes what test processes that were killed have left on this machine and on the shared engine. */
export async function removeLeftOvers(docker: DockerCli): Promise<void> {
  const format = `{{.Label "${label}"}}`;
  const listed = await Promise.all([
    docker("ps", "-a", "--format", format),
    docker("volume", "ls", "--format", format),
    docker("network", "ls", "--format", format),
  ]);
  const projects = new Set(listed.flatMap((result) => result.stdout.split("\n")));
  for (const project of projects) {
    if (isLeftOver(project)) await removeProject(docker, project);
  }
  for (const name of await readdir(tmpdir())) {
    if (isLeftOver(name)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
  await removeLeftOverEngines();
}

/** Removes a directory even when a test made it read-only or another user's. */
export async function removeDirectory(directory: string): Promise<void> {
  await mustRun("rm", ["-rf", directory]);
}
