import { parseEndpoint, type Listener } from "./listener.ts";

/**
 * Listeners in the output of `ss -ltnpH` (iproute2):
 * `LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:(("docker-proxy",pid=4711,fd=4))`; one for each process
 * that shares the socket, and the `users:` column is missing without permission.
 */
export function parseSs(text: string): readonly Listener[] {
  return text.split("\n").flatMap((line): readonly Listener[] => {
    const [state, , , local = ""] = line.trim().split(/\s+/);
    const endpoint = state === "LISTEN" ? parseEndpoint(local) : undefined;
    if (endpoint === undefined) return [];
    const users = [...line.matchAll(/\("((?:[^"\\]|\\.)*)",pid=(\d+),fd=\d+\)/g)];
    if (users.length === 0) return [endpoint];
    return users.map(([, name = "", pid]) => ({ ...endpoint, pid: Number(pid), name }));
  });
}
