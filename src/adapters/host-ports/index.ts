import { readFile } from "node:fs/promises";
import { errnoCode } from "../../core/errors.ts";
import type { HostListener, HostPorts } from "../../targets/local/ports/host-ports.ts";
import type { RunCommand } from "../process/command.ts";
import { isPortTaken } from "./bind-probe.ts";
import type { Listener } from "./listener.ts";
import { parseLsof } from "./lsof.ts";
import { parseNetstat, parseTasklist } from "./netstat.ts";
import { parseProcNet } from "./proc-net.ts";
import { socketOwners } from "./socket-owners.ts";
import { parseSs } from "./ss.ts";

export interface HostPortsOptions {
  /** `process.platform` of the machine. */
  readonly platform: string;
  readonly run: RunCommand;
  /** Where the proc file system is mounted. */
  readonly proc?: string;
}

/** All listeners of this host, or undefined when this way of looking does not work here. */
type Source = () => Promise<readonly Listener[] | undefined>;

/**
 * Who listens on this host, asked in the way the system has: /proc, `ss`, `lsof`, `netstat`, whichever works
 * first. Where the tool sees only the user's own processes (`lsof` on macOS), or there is none, the ports that
 * seem free are bound for a moment.
 */
export function createHostPorts({ platform, run, proc = "/proc" }: HostPortsOptions): HostPorts {
  return {
    listeners: async (ports) => {
      const wanted = new Set(ports);
      const ss = toolSource(run, "ss", ["-ltnpH"], parseSs);
      const lsof = toolSource(
        run,
        "lsof",
        ["-nP", "+c", "0", "-iTCP", "-sTCP:LISTEN", "-F", "pcn"],
        parseLsof,
      );
      const sources: Readonly<Record<string, readonly Source[]>> = {
        linux: [() => procSource(proc, wanted), ss, lsof],
        win32: [() => netstatSource(run, wanted)],
      };
      const seen = await firstThatWorks(sources[platform] ?? [lsof]);
      const found = distinct((seen ?? []).filter(({ port }) => wanted.has(port)));
      // Linux' tables hold every listener; lsof may show only our own user's, and Windows reserves ports silently.
      const isComplete = seen !== undefined && platform === "linux";
      return byPort([...found, ...(isComplete ? [] : await unseen(wanted, found))]);
    },
  };
}

async function firstThatWorks(sources: readonly Source[]): Promise<readonly Listener[] | undefined> {
  for (const source of sources) {
    const listeners = await source();
    if (listeners !== undefined) return listeners;
  }
  return undefined;
}

async function procSource(
  proc: string,
  wanted: ReadonlySet<number>,
): Promise<readonly Listener[] | undefined> {
  const tables = await Promise.all(["tcp", "tcp6"].map((table) => tableText(`${proc}/net/${table}`)));
  if (tables[0] === undefined) return undefined;
  const sockets = tables.flatMap((text) => parseProcNet(text ?? "")).filter(({ port }) => wanted.has(port));
  const owners = socketOwners(proc, new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ port, address, inode }) => ({ port, address, ...owners.get(inode) }));
}

// tcp6 is missing where IPv6 is off.
async function tableText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (["ENOENT", "EACCES", "EPERM"].includes(errnoCode(error) ?? "")) return undefined;
    throw error;
  });
}

const DEADLINE_MS = 5000;

function toolSource(
  run: RunCommand,
  file: string,
  args: readonly string[],
  parse: (text: string) => readonly Listener[],
): Source {
  return async () => {
    const result = await run(file, args, { timeoutMs: DEADLINE_MS });
    if (result.kind !== "exited") return undefined;
    // lsof ends with 1 when it finds no listener at all, and when it could not look at some process.
    const hasAnswered = result.exitCode === 0 || (result.exitCode === 1 && file === "lsof");
    return hasAnswered ? parse(result.stdout) : undefined;
  };
}

async function netstatSource(
  run: RunCommand,
  wanted: ReadonlySet<number>,
): Promise<readonly Listener[] | undefined> {
  const listeners = await toolSource(run, "netstat", ["-ano"], parseNetstat)();
  if (listeners === undefined) return undefined;
  const relevant = listeners.filter(({ port }) => wanted.has(port));
  const pids = [...new Set(relevant.flatMap(({ pid }) => pid ?? []))];
  const names = new Map(await Promise.all(pids.map(async (pid) => [pid, await nameOf(run, pid)] as const)));
  return relevant.map((listener) => {
    const name = listener.pid === undefined ? undefined : names.get(listener.pid);
    return { ...listener, ...(name !== undefined && { name }) };
  });
}

async function nameOf(run: RunCommand, pid: number): Promise<string | undefined> {
  const result = await run("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"], {
    timeoutMs: DEADLINE_MS,
  });
  return result.kind === "exited" ? parseTasklist(result.stdout) : undefined;
}

async function unseen(
  wanted: ReadonlySet<number>,
  found: readonly Listener[],
): Promise<readonly HostListener[]> {
  const known = new Set(found.map(({ port }) => port));
  const open = [...wanted].filter((port) => !known.has(port));
  const taken = await Promise.all(open.map(isPortTaken));
  return open.filter((_, index) => taken[index]).map((port) => ({ port }));
}

function distinct(listeners: readonly Listener[]): readonly Listener[] {
  const byKey = new Map(listeners.map((entry) => [`${entry.port} ${entry.address} ${entry.pid}`, entry]));
  return [...byKey.values()];
}

function byPort(listeners: readonly HostListener[]): readonly HostListener[] {
  return listeners.toSorted((a, b) => a.port - b.port || (a.pid ?? 0) - (b.pid ?? 0));
}
