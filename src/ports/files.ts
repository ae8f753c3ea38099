export type FileKind = "file" | "directory" | "symlink" | "other" | "absent";

/** Read access to the deployment's directory; paths are relative to it and may not leave it. */
export interface FileReader {
  readonly kindOf: (path: string) => Promise<FileKind>;
  /** Throws RepairError `file_unreadable` when it is absent, unreadable or over `maxBytes`. */
  readonly readText: (path: string, maxBytes?: number) => Promise<string>;
  /**
   * The absolute path that a path leads to, links followed, seen from `from` (absolute; the directory, when left out).
   * Anywhere on this machine, since nothing but names is read; what is not there keeps its name.
   */
  readonly realPath: (path: string, from?: string) => Promise<string>;
  /** Whether something may be there, anywhere on this machine; what cannot be looked at may be. */
  readonly mayExist: (absolutePath: string) => Promise<boolean>;
}

export interface FileWriter {
  /**
   * Replaces a file as a whole (temporary file, flush, rename, directory flush; mode and owner kept,
   * symlinks refused) when its content is still `before`; `before` undefined means it must not exist.
   * Throws RepairError `plan_stale` or `file_unwritable`; then the old file is whole.
   */
  readonly replace: (path: string, before: string | undefined, after: string) => Promise<void>;
  /** Removes a file whose content is still `before`. */
  readonly remove: (path: string, before: string) => Promise<void>;
}
