import type { DeploymentId } from "../core/records/deployment-id.ts";

/** Secrets of containers that were saved for this user, in the private state directory, by deployment. */
export interface SavedSecretsReader {
  /** Names and values of all that were saved. Throws RepairError when the place cannot be read or may not be believed. */
  readonly read: (deployment: DeploymentId) => Promise<readonly (readonly [name: string, value: string])[]>;
}

/** There is no call to change or remove what was saved. */
export interface SavedSecretsWriter {
  /**
   * Writes a new file for its owner alone (0600), for good before it resolves, and returns its path, with `~` in place
   * of the home directory. `label`: what it is of, for its name. Throws RepairError `file_unwritable`.
   */
  readonly save: (deployment: DeploymentId, label: string, text: string) => Promise<string>;
}
