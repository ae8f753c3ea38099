import path from "node:path";
import type { JournalFile, JournalFs } from "../../src/adapters/state/journal-fs.ts";

/** Names and contents on a disk. */
export type Disk = ReadonlyMap<string, Uint8Array>;

type Operation =
  | { readonly kind: "create"; readonly file: number; readonly name: string }
  | { readonly kind: "write"; readonly file: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly file: number; readonly length: number }
  | { readonly kind: "fsync"; readonly file: number }
  | { readonly kind: "fsyncDir"; readonly directory: string };

/** What an operating system that keeps only what it must can do; mutants forget to keep even that. */
export interface PowerCutOptions {
  readonly disk?: Disk;
  readonly mutant?: "no-file-fsync" | "no-directory-fsync";
  /** At most this many bytes a write. */
  readonly shortWrites?: number;
  /** Throws in place of an operation, to fail it. */
  readonly beforeOperation?: (kind: Operation["kind"], count: number) => void;
}

export interface PowerCutFs extends JournalFs {
  /** Operations so far: a moment at which the power can be cut. */
  readonly now: () => number;
  /** Files as running programs see them. */
  readonly visible: () => Disk;
  /** Every disk that a power cut right after the first `moment` operations can leave. */
  readonly disksAfter: (moment: number) => Generator<Disk>;
}

/**
 * A file system in memory after the worst that POSIX allows: bytes are on the disk only after fsync of
 * the file, names only after fsync of the directory. Before that they may be there, be missing, be cut
 * at any byte, or be zeros where blocks had not been written.
 */
export function createPowerCutFs(options: PowerCutOptions = {}): PowerCutFs {
  const log: Operation[] = [];
  const initial = [...(options.disk ?? [])];
  const names = new Map(initial.map(([name], file) => [name, file]));
  const contents = initial.map(([, bytes]) => bytes);

  function perform(operation: Operation): void {
    options.beforeOperation?.(operation.kind, log.length);
    log.push(operation);
  }

  function change(file: number, operation: Extract<Operation, { kind: "write" | "truncate" }>): void {
    perform(operation);
    contents[file] = applied(contents[file] ?? new Uint8Array(), operation);
  }

  function openFile(file: number): JournalFile {
    return {
      read: async () => contents[file] ?? new Uint8Array(),
      write: async (bytes) => {
        const taken = Uint8Array.from(bytes.subarray(0, options.shortWrites ?? bytes.length));
        change(file, { kind: "write", file, bytes: taken });
        return taken.length;
      },
      truncate: async (length) => change(file, { kind: "truncate", file, length }),
      fsync: async () => {
        if (options.mutant !== "no-file-fsync") perform({ kind: "fsync", file });
      },
      close: async () => undefined,
    };
  }

  return {
    open: async (name, how) => {
      const existing = names.get(name);
      if (how !== "create") {
        if (existing === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
        return openFile(existing);
      }
      if (existing !== undefined) throw Object.assign(new Error("EEXIST"), { code: "EEXIST" });
      const file = contents.length;
      perform({ kind: "create", file, name });
      names.set(name, file);
      contents.push(new Uint8Array());
      return openFile(file);
    },
    fsyncDir: async (directory) => {
      if (options.mutant !== "no-directory-fsync") perform({ kind: "fsyncDir", directory });
    },
    now: () => log.length,
    visible: () => new Map([...names].map(([name, file]) => [name, contents[file] ?? new Uint8Array()])),
    disksAfter: (moment) => disksAfter(initial, log.slice(0, moment)),
  };
}

function applied(bytes: Uint8Array, operation: Operation): Uint8Array {
  if (operation.kind === "write") return Buffer.concat([bytes, operation.bytes]);
  return operation.kind === "truncate" ? bytes.subarray(0, operation.length) : bytes;
}

function* disksAfter(
  initial: readonly (readonly [string, Uint8Array])[],
  log: readonly Operation[],
): Generator<Disk> {
  const safeNames = new Map(initial.map(([name], file) => [name, file]));
  const looseNames = new Map<string, number>();
  const files = initial.map(([, safe]) => ({ safe, pending: [] as Operation[] }));
  for (const operation of log) {
    if (operation.kind === "fsyncDir") {
      for (const [name, file] of looseNames) {
        if (path.dirname(name) !== operation.directory) continue;
        safeNames.set(name, file);
        looseNames.delete(name);
      }
      continue;
    }
    if (operation.kind === "create") {
      files.push({ safe: new Uint8Array(), pending: [] });
      looseNames.set(operation.name, operation.file);
      continue;
    }
    const file = files[operation.file];
    if (file === undefined) throw new Error(`no file ${operation.file}`);
    if (operation.kind === "fsync") {
      file.safe = file.pending.reduce(applied, file.safe);
      file.pending = [];
    } else {
      file.pending.push(operation);
    }
  }
  // One file varies while the others are as programs saw them, or as they were made safe.
  for (const present of subsets([...looseNames])) {
    const named = [...safeNames, ...present];
    for (const others of named.length > 1 ? (["safe", "visible"] as const) : (["safe"] as const)) {
      for (const [varied, file] of named) {
        for (const content of contentsOf(files[file])) {
          yield new Map(
            named.map(([name, index]) => [
              name,
              name === varied ? content : (contentsWhen(files[index], others) ?? new Uint8Array()),
            ]),
          );
        }
      }
      if (named.length === 0) yield new Map();
    }
  }
}

interface FileState {
  readonly safe: Uint8Array;
  readonly pending: readonly Operation[];
}

function contentsWhen(file: FileState | undefined, when: "safe" | "visible"): Uint8Array | undefined {
  return when === "safe" ? file?.safe : file?.pending.reduce(applied, file.safe);
}

/** Pending operations reach the disk in order; the last of them in part. */
function* contentsOf(file: FileState | undefined): Generator<Uint8Array> {
  if (file === undefined) return;
  let bytes = file.safe;
  yield bytes;
  for (const operation of file.pending) {
    if (operation.kind === "write") yield* partialWrites(bytes, operation.bytes);
    bytes = applied(bytes, operation);
    yield bytes;
  }
}

function* partialWrites(before: Uint8Array, written: Uint8Array): Generator<Uint8Array> {
  for (let cut = 1; cut < written.length; cut += 1) {
    yield Buffer.concat([before, written.subarray(0, cut)]);
    // The size is there, but not yet all the blocks; a few places will do, blocks being large.
    if (cut % 16 !== 1) continue;
    yield Buffer.concat([before, written.subarray(0, cut), new Uint8Array(written.length - cut)]);
    yield Buffer.concat([before, new Uint8Array(cut), written.subarray(cut)]);
  }
}

function subsets<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.reduce<readonly (readonly T[])[]>(
    (sets, item) => [...sets, ...sets.map((set) => [...set, item])],
    [[]],
  );
}
