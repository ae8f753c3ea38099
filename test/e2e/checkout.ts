import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { execa } from "execa";

export const repositoryRoot = resolve(import.meta.dirname, "../..");

/** A directory of its own that anyone may enter, so that tests can also run as another user. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "gh-devlake-e2e-")));
  await execa("chmod", ["755", path]);
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** What a clone of the working tree would hold, in `<parent>/gh-devlake`: no dependencies, nothing built. */
export async function freshCheckout(parent: string): Promise<string> {
  const checkout = join(parent, "gh-devlake");
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repositoryRoot,
  });
  const { stdout: deleted } = await execa("git", ["ls-files", "-z", "--deleted"], { cwd: repositoryRoot });
  const gone = new Set(deleted.split("\0"));
  for (const file of stdout.split("\0").filter((name) => name !== "" && !gone.has(name))) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await cp(join(repositoryRoot, file), join(checkout, file));
  }
  return checkout;
}

/**
 * The environment of a user, not of `npm run`: npm puts the Node of our own dependencies on PATH. The
 * other `npm_*` variables stay, the launcher has to cope with them.
 */
export function userEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith("GH_")) environment[name] = value;
  }
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  environment["PATH"] = directories
    .filter((directory) => !directory.includes("node_modules"))
    .join(delimiter);
  return { ...environment, ...extra };
}
