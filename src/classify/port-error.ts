/** What `State.Error` says when a host port was taken; nothing else is known of its holder. */
export interface PortError {
  readonly port: number;
  /** The Engine knows its own containers; whoever else has the port is a process to it. */
  readonly holder: "container" | "process";
}

/**
 * Texts of Docker 20 to 28, Docker Desktop, rootless Docker and Podman. Recorded on 20.10 and 26.1
 * (moby, libnetwork/portallocator and cmd/docker-proxy); 28 puts "failed to set up container
 * networking: " in front and says "failed to bind host port"; the others from their sources and
 * issue trackers.
 */
const texts: readonly (readonly [RegExp, PortError["holder"]])[] = [
  [/Bind for \S{0,60}:(\d{1,5}) failed: port is already allocated/, "container"],
  [/failed to bind host port (?:for )?\S{0,60}?:(\d{1,5})\b.{0,100}address already in use/, "process"],
  [/Ports are not available: .{0,40}?(?:TCP |tcp[46]? )\S{0,60}?:(\d{1,5})\b/, "process"],
  [
    /listen tcp[46]? \S{0,60}?:(\d{1,5}): bind: (?:address already in use|Only one usage|An attempt was made)/,
    "process",
  ],
  [/cannot expose port (\d{1,5})\b.{0,200}address already in use/, "process"],
];

export function portErrorOf(stateError: string | undefined): PortError | undefined {
  for (const [pattern, holder] of texts) {
    const port = pattern.exec(stateError ?? "")?.[1];
    if (port !== undefined) return { port: Number(port), holder };
  }
  return undefined;
}
