import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import path from "node:path";
import { deploymentDigest, type RunPlace } from "../../core/records/deployment-id.ts";
import { RepairError } from "../../core/errors.ts";
import { journalSeal } from "../../core/records/journal-seal.ts";
import { keyDigests } from "../../core/text/keyed-digest.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lock, LockOwner } from "../../ports/lock.ts";
import type { OpenRun, RunState } from "../../ports/run-state.ts";
import { openFileJournal, readFileJournal } from "./file-journal.ts";
import { openJournalKey, readJournalKey } from "./journal-key.ts";
import { hasOldRunState, isElsewhere } from "../files/other-directories.ts";
import { makePrivateDirectory } from "./private-state.ts";
import { readReviewed, REVIEWED_DIRECTORY, writeReviewed } from "./reviewed-values.ts";
import { hasJournal, JOURNAL, openRunDirectory, refuseDirectoryName } from "./run-directory.ts";
import {
  findStateDirectory,
  makeDeploymentDirectory,
  makeStateDirectory,
  refuseStateInside,
  type StateOwner,
} from "./state-directory.ts";
import { saveTranscript } from "../copilot/transcript-file.ts";

/** Whose state it is, and who holds the lock while a run is open. */
export interface RunStateParts extends StateOwner {
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly userName: string;
  readonly clock: Clock;
}

/** Has the transcripts of plans that name no deployment. */
const NO_DEPLOYMENT = "no-deployment";

export function createRunState(parts: RunStateParts): RunState {
  const { uid, place: state } = parts;
  const shown = (directory: string, ...below: readonly string[]): string =>
    [state.shown, ...path.relative(state.path, directory).split(path.sep), ...below].join("/");
  return {
    hasRun: async (place, directory) => {
      await refuseStateInside(parts, directory);
      const found = await findRunDirectory(parts, place);
      return found !== undefined && (await hasJournal(found));
    },
    openRun: async (place, directory) => {
      await refuseStateInside(parts, directory);
      return openRun(parts, place, shown);
    },
    readJournal: async (place) => {
      const found = await findRunDirectory(parts, place);
      if (found === undefined || !(await hasJournal(found))) return undefined;
      const key = await readJournalKey(state.path, uid);
      if (key === undefined) throw keyMissing(state.path);
      return readFileJournal(path.join(found, JOURNAL), journalSeal(key, place));
    },
    saveTranscript: async (deployment, planName, text) => {
      const directory = await makeStateDirectory(parts);
      const of =
        deployment === undefined
          ? await makePrivateDirectory(directory, NO_DEPLOYMENT, uid)
          : await makeDeploymentDirectory(directory, deployment, uid);
      const run = await openRunDirectory(of, planName, uid);
      const file = await saveTranscript(run.path, text);
      return shown(run.path, path.basename(file));
    },
    keepReviewed: async (place, targetDirectory, values) => {
      await refuseStateInside(parts, targetDirectory);
      const directory = await makeStateDirectory(parts);
      const key = await openJournalKey(directory, uid);
      const of = await makeDeploymentDirectory(directory, place.deployment, uid);
      await writeReviewed(await makePrivateDirectory(of, REVIEWED_DIRECTORY, uid), place, values, key);
    },
    reviewed: async (place, targetDirectory) => {
      await refuseStateInside(parts, targetDirectory);
      const found = await findStateDirectory(parts, deploymentDigest(place.deployment), REVIEWED_DIRECTORY);
      const key = found === undefined ? undefined : await readJournalKey(state.path, uid);
      return found === undefined || key === undefined ? () => "not_kept" : readReviewed(found, place, key);
    },
    isElsewhere,
    hasOldRunState,
  };
}

/** Makes nothing. */
async function findRunDirectory(
  parts: StateOwner,
  { deployment, planName }: RunPlace,
): Promise<string | undefined> {
  refuseDirectoryName(planName);
  return findStateDirectory(parts, deploymentDigest(deployment), planName);
}

async function openRun(
  parts: RunStateParts,
  place: RunPlace,
  shown: (directory: string, ...below: readonly string[]) => string,
): Promise<OpenRun> {
  const { uid, clock } = parts;
  const stateDirectory = await makeStateDirectory(parts);
  const key = await openJournalKey(stateDirectory, uid);
  const directory = await makeDeploymentDirectory(stateDirectory, place.deployment, uid);
  const lock = await acquireLock(parts, directory, deploymentDigest(place.deployment));
  try {
    const run = await openRunDirectory(directory, place.planName, uid);
    const { backUp, readBackUp, keepResult } = run;
    const { journal, records, torn } = await openFileJournal(run.journalPath, clock, journalSeal(key, place));
    return {
      journal,
      records,
      torn: torn && { ...torn, copy: shown(run.path, path.basename(torn.copy)) },
      journalPath: shown(run.path, JOURNAL),
      keyed: keyDigests(randomBytes(32)),
      backups: { backUp, readBackUp },
      keepResult,
      keptResult: async (length) => {
        const name = await run.keptResult(length);
        return name === undefined ? undefined : shown(run.path, name);
      },
      lock,
    };
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function acquireLock(
  { platform, pid, userName, clock }: RunStateParts,
  directory: string,
  digest: string,
): Promise<Lock> {
  const owner: LockOwner = {
    pid,
    host: hostname(),
    user: userName,
    startedAt: clock.now().toISOString(),
    command: "gh devlake repair",
  };
  if (platform === "linux") {
    const { acquireSocketLock } = await import("./socket-lock.ts");
    return acquireSocketLock(digest, owner);
  }
  const { acquireFileLock } = await import("./sqlite-lock.ts");
  return acquireFileLock(directory, owner);
}

function keyMissing(stateDirectory: string): RepairError {
  return new RepairError(
    "file_unreadable",
    `the journals in "${stateDirectory}" are not believed: the key that sealed them is gone`,
    { hint: "put the file journal-key back there; without it no run can be resumed or taken back" },
  );
}
