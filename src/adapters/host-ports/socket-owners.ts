import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

export interface SocketOwner {
  readonly pid: number;
  readonly name?: string;
}

/**
 * The processes that hold the sockets with these inodes (proc_pid_fd(5): `socket:[INODE]`). A socket of
 * another user's process is missing from the answer unless we are root. Synchronous: thousands of readlinks
 * of a few microseconds each would take several times as long through the thread pool.
 */
export function socketOwners(proc: string, inodes: ReadonlySet<string>): ReadonlyMap<string, SocketOwner> {
  const owners = new Map<string, SocketOwner>();
  if (inodes.size === 0) return owners;
  // Listeners are mostly younger than the system's own processes: from the newest on, the search ends sooner.
  const pids = readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a));
  for (const pid of pids) {
    for (const inode of socketsOf(`${proc}/${pid}/fd`)) {
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, ownerOf(proc, pid));
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

function socketsOf(fdDirectory: string): readonly string[] {
  const descriptors = orUndefined(() => readdirSync(fdDirectory)) ?? [];
  return descriptors.flatMap((fd) => {
    const target = orUndefined(() => readlinkSync(`${fdDirectory}/${fd}`));
    return target?.startsWith("socket:[") ? [target.slice(8, -1)] : [];
  });
}

const COMM_LIMIT = 15;

function ownerOf(proc: string, pid: string): SocketOwner {
  const comm = orUndefined(() => readFileSync(`${proc}/${pid}/comm`, "utf8").trimEnd());
  if (comm === undefined) return { pid: Number(pid) };
  const words = orUndefined(() => readFileSync(`${proc}/${pid}/cmdline`, "utf8").split("\0")) ?? [];
  const program = orUndefined(() => basename(readlinkSync(`${proc}/${pid}/exe`)));
  // The kernel cuts names at 15 bytes: `com.docker.back` is `com.docker.backend` by its command line. A name
  // that is none of the program or its script is a thread's (`MainThread` of Node 24) and tells people nothing.
  const names = [
    ...words.slice(0, 2).map((word) => basename(word)),
    ...(program === undefined ? [] : [program]),
  ];
  const whole = names.find((name) => name === comm || (comm.length >= COMM_LIMIT && name.startsWith(comm)));
  return { pid: Number(pid), name: whole ?? program ?? comm };
}

// A process that ended meanwhile, or one that we may not look into, has nothing to say.
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
