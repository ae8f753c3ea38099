import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, open, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { deploymentDigest, type DeploymentId } from "../../core/records/deployment-id.ts";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { isPrivateDirectory, makePrivateDirectory, type Uid } from "./private-state.ts";
import type { StatePath } from "./state-path.ts";

/** The state directory of a user, as the process sees it. */
export interface StateOwner {
  readonly place: StatePath;
  readonly uid: Uid;
}

/** Makes it where it is missing; returns its path. Throws RepairError `file_unwritable` when it is not private. */
export async function makeStateDirectory({ place, uid }: StateOwner): Promise<string> {
  try {
    await mkdir(place.base, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new RepairError("file_unwritable", `"${place.base}" cannot be made: ${errorText(cause)}`, {
      hint: "runs keep their journal and backups below it: make it writable for you, or name another place with GH_DEVLAKE_STATE_DIR",
      cause,
    });
  }
  let directory = place.base;
  for (const name of place.own) directory = await makePrivateDirectory(directory, name, uid);
  return directory;
}

/** Whether it is there, with these directories below it; makes nothing. Throws as above. */
export async function findStateDirectory(
  { place, uid }: StateOwner,
  ...below: readonly string[]
): Promise<string | undefined> {
  let directory = place.base;
  for (const name of [...place.own, ...below]) {
    directory = path.join(directory, name);
    if (!(await isPrivateDirectory(directory, uid))) return undefined;
  }
  return directory;
}

/** Finds or makes the directory of one deployment in it, with a note for people which one that is. */
export async function makeDeploymentDirectory(
  stateDirectory: string,
  deployment: DeploymentId,
  uid: Uid,
): Promise<string> {
  const directory = await makePrivateDirectory(stateDirectory, deploymentDigest(deployment), uid);
  await noteDeployment(path.join(directory, "target.json"), deployment);
  return directory;
}

/** For people only; nothing reads it. */
async function noteDeployment(file: string, deployment: DeploymentId): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    if (await exists(file)) return;
    {
      await using handle = await open(temporary, "wx", 0o600);
      await handle.writeFile(`${JSON.stringify(deployment, undefined, 2)}\n`);
    }
    await link(temporary, file);
  } catch (cause) {
    if (errnoCode(cause) === "EEXIST") return;
    throw new RepairError("file_unwritable", `"${file}" cannot be written: ${errorText(cause)}`, {
      hint: "make its directory writable for you, on a local disk with room",
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Throws RepairError `file_unwritable` when the state directory is, or would be, in the deployment's: what stands in a
 * checkout can come from anybody, and what is written there can be committed.
 */
export async function refuseStateInside({ place }: StateOwner, targetDirectory: string): Promise<void> {
  const [state, target] = await Promise.all([realOf(place.path), realOf(targetDirectory)]);
  const below = path.relative(target, state);
  if (below === ".." || below.startsWith(`..${path.sep}`) || path.isAbsolute(below)) return;
  throw new RepairError(
    "file_unwritable",
    `the state directory "${place.path}" is in the deployment's directory "${targetDirectory}"`,
    { hint: "set GH_DEVLAKE_STATE_DIR to a directory of yours that is in no checkout" },
  );
}

/** With every link followed, as far as it exists. */
async function realOf(wanted: string): Promise<string> {
  try {
    return await realpath(wanted);
  } catch (thrown) {
    const parent = path.dirname(wanted);
    if (errnoCode(thrown) !== "ENOENT" || parent === wanted) return path.resolve(wanted);
    return path.join(await realOf(parent), path.basename(wanted));
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "ENOENT") return false;
    throw thrown;
  }
}
