/** Who holds a lock, for those who are refused; no field may hold a secret. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly user: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly command: string;
}

export interface Lock {
  /** May be called more than once. */
  readonly release: () => Promise<void>;
}

export interface LockRequest {
  /** The deployment's directory; it alone decides which runs exclude each other. */
  readonly targetDirectory: string;
  readonly owner: LockOwner;
}

/**
 * Takes the lock at once or throws: RepairError `locked` names the owner, `file_unwritable` says why
 * no lock can be made. The lock ends with `release` or with the process, however that ends.
 */
export type AcquireLock = (request: LockRequest) => Promise<Lock>;
