import { parseEndpoint, type Listener } from "./listener.ts";

/**
 * Listeners in the output of Windows' `netstat -ano` (with `-p TCP` it leaves IPv6 out):
 * `TCP 0.0.0.0:8080 0.0.0.0:0 LISTENING 4711`. Headers and states are translated (`ABHÖREN`), so a listener is known by its
 * foreign address: port 0.
 */
export function parseNetstat(text: string): readonly Listener[] {
  return text.split(/\r?\n/).flatMap((line) => {
    // The translated state may be of two words, so the process id is taken from the end.
    const match = /^\s*TCP\s+(\S+)\s+(\S+:0)\s+.*?(\d+)\s*$/i.exec(line);
    const endpoint = match?.[1] === undefined ? undefined : parseEndpoint(match[1]);
    return endpoint === undefined ? [] : [{ ...endpoint, pid: Number(match?.[3]) }];
  });
}

/**
 * The program name in the output of `tasklist /FI "PID eq N" /FO CSV /NH`, without `.exe`, so that a name is
 * the same on every system; undefined when no such process is left (then a translated sentence stands there).
 */
export function parseTasklist(text: string): string | undefined {
  return /^"([^"]+)","\d+",/m.exec(text)?.[1]?.replace(/\.exe$/i, "");
}
