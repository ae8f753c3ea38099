import { parseEndpoint, type Listener } from "./listener.ts";

/**
 * Listeners in the output of `lsof -nP +c 0 -iTCP -sTCP:LISTEN -F pcn` (lsof(8), "OUTPUT FOR OTHER
 * PROGRAMS"): one field a line, its first character the kind: `p4711`, `ccom.docker.backend`, `f12`, `n*:8080`.
 */
export function parseLsof(text: string): readonly Listener[] {
  const listeners: Listener[] = [];
  let process: { readonly pid?: number; readonly name?: string } = {};
  for (const line of text.split(/\r?\n/)) {
    const value = line.slice(1);
    if (line.startsWith("p")) process = { pid: Number(value) };
    else if (line.startsWith("c")) process = { ...process, name: unescaped(value) };
    else if (line.startsWith("n")) {
      const endpoint = parseEndpoint(value);
      if (endpoint !== undefined) listeners.push({ ...endpoint, ...process });
    }
  }
  return listeners;
}

// lsof writes blanks and unprintable characters of a command name as `\x20`.
function unescaped(name: string): string {
  return name.replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}
