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
