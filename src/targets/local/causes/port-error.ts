/** What `State.Error` says when a host port was taken; nothing else is known of its holder. */
export interface PortError {
  readonly port: number;
  /** The Engine knows its own containers; whoever else has the port is a process to it. */
  readonly holder: "container" | "process";
}

/** An address before its port: IPv6 stands in brackets where Go joins both, and bare where libnetwork does. */
const address = String.raw`(?:\[[^\]\s]{0,60}\]|[0-9a-fA-F:.]{2,60}|[^\s:\[\]]{0,60})`;

function text(before: string, behind: string): RegExp {
  return new RegExp(`${before}${address}:(\\d{1,5})\\b${behind}`);
}

/**
 * Texts of Docker 20 to 29, Docker Desktop, rootless Docker and Podman 5. Recorded on 20.10, 26.1, 28.5, 29.7 and
 * Podman 5.4 (moby, libnetwork/portallocator and cmd/docker-proxy); the others from their sources and issue trackers.
 */
const texts: readonly (readonly [RegExp, PortError["holder"]])[] = [
  [text("Bind for ", " failed: port is already allocated"), "container"],
  // Behind the port: `/tcp`, or the container's address with its port.
  [
    /failed to bind host port (?:for )?(?:\[[^\]\s]{0,60}\]|[^\s:]{1,60}):(\d{1,5})\b.{0,100}address already in use/,
    "process",
  ],
  // An address that the host does not have is another matter.
  [text("Ports are not available: .{0,40}?(?:TCP |tcp[46]? )", "(?!.*requested address)"), "process"],
  // Podman puts "cannot listen on the TCP port: " in front, and names no address.
  [
    text("listen tcp[46]? ", ": bind: (?:address already in use|Only one usage|An attempt was made)"),
    "process",
  ],
  [/cannot expose port (\d{1,5})\b.{0,200}address already in use/, "process"],
];

export function portErrorOf(stateError: string | undefined): PortError | undefined {
  for (const [pattern, holder] of texts) {
    const port = Number(pattern.exec(stateError ?? "")?.[1] ?? 0);
    if (port > 0 && port <= 65_535) return { port, holder };
  }
  return undefined;
}
