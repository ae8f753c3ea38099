import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRunState } from "../../../src/adapters/state/run-state.ts";
import type { StateOwner } from "../../../src/adapters/state/state-directory.ts";
import { statePath } from "../../../src/adapters/state/state-path.ts";
import { nodeClock } from "../../../src/adapters/node/node-clock.ts";
import type { RunState } from "../../../src/ports/run-state.ts";

export const uid = process.geteuid?.();

/** A user's home, and the state directory in it, which no run has made yet. */
export interface TemporaryState extends AsyncDisposable {
  readonly home: string;
  readonly owner: StateOwner;
  /** The state directory. */
  readonly path: string;
  readonly state: RunState;
}

export async function temporaryState(): Promise<TemporaryState> {
  const home = await realpath(await mkdtemp(path.join(tmpdir(), "home-")));
  const place = statePath({ env: {}, homeDirectory: home, platform: "linux" });
  const owner = { place, uid };
  return {
    home,
    owner,
    path: place.path,
    state: createRunState({
      ...owner,
      platform: process.platform,
      pid: process.pid,
      userName: "ann",
      clock: nodeClock,
    }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}
