import { open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { deploymentDigest, type DeploymentId } from "../../core/records/deployment-id.ts";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { readSavedSecrets } from "../../targets/local/losses/saved-secrets-file.ts";
import type { SavedSecretsReader, SavedSecretsWriter } from "../../ports/saved-secrets.ts";
import { nodeJournalFs } from "./journal-fs.ts";
import { makePrivateDirectory } from "./private-state.ts";
import {
  findStateDirectory,
  makeDeploymentDirectory,
  makeStateDirectory,
  refuseStateInside,
  type StateOwner,
} from "./state-directory.ts";

/** Beside the directories of plans, whose names have no underscore. */
const DIRECTORY = "saved_secrets";
const MAX_FILES = 1_000;

/** `directory`: the deployment's, in which the state directory must not be. */
export function createSavedSecrets(
  owner: StateOwner,
  directory: string,
): SavedSecretsReader & SavedSecretsWriter {
  return {
    read: async (deployment) => {
      await refuseStateInside(owner, directory);
      return readAll(owner, deployment);
    },
    save: async (deployment, label, text) => {
      await refuseStateInside(owner, directory);
      const state = await makeStateDirectory(owner);
      const of = await makeDeploymentDirectory(state, deployment, owner.uid);
      const folder = await makePrivateDirectory(of, DIRECTORY, owner.uid);
      const name = await writeNext(folder, label, text);
      const below = path.relative(owner.place.path, folder).split(path.sep);
      return [owner.place.shown, ...below, name].join("/");
    },
  };
}

async function readAll(owner: StateOwner, deployment: DeploymentId) {
  const folder = await findStateDirectory(owner, deploymentDigest(deployment), DIRECTORY);
  if (folder === undefined) return [];
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".env")).slice(0, MAX_FILES);
    const texts = await Promise.all(names.map(async (name) => readFile(path.join(folder, name), "utf8")));
    return texts.flatMap(readSavedSecrets);
  } catch (cause) {
    throw new RepairError("file_unreadable", `"${folder}" cannot be read: ${errorText(cause)}`, {
      hint: "secrets of containers are saved there: make it readable for you",
      cause,
    });
  }
}

async function writeNext(folder: string, label: string, text: string): Promise<string> {
  const safe = label.replaceAll(/[^\w.-]/g, "_").slice(-80);
  try {
    const taken = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isFinite);
    for (let number = Math.max(0, ...taken) + 1; ; number++) {
      const name = `${number}-${safe}.env`;
      if (await writeNew(path.join(folder, name), text)) {
        await nodeJournalFs.fsyncDir(folder);
        return name;
      }
    }
  } catch (cause) {
    throw new RepairError("file_unwritable", `"${folder}" cannot be written: ${errorText(cause)}`, {
      hint: "secrets of containers are saved there: make it writable for you, on a disk with room",
      cause,
    });
  }
}

/** False when there is one of that name; links are not followed. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await using handle = await open(file, "wx", 0o600);
    await handle.writeFile(text, "utf8");
    await handle.sync();
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "EEXIST") return false;
    throw thrown;
  }
}
