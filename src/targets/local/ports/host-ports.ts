export interface HostListener {
  readonly port: number;
  /** `*` for all addresses, else the one it listens on; missing when only the port is known to be taken. */
  readonly address?: string;
  /** Where it may be seen. */
  readonly pid?: number;
  /** Program name without `.exe`: `java`, `docker-proxy`, `com.docker.backend`. */
  readonly name?: string;
}

/** Who listens on the TCP ports of this host. */
export interface HostPorts {
  /**
   * Listeners among the wanted ports, ordered by port; one port may have several (by address, by process).
   * A port that is missing from the answer is free as far as can be seen.
   */
  readonly listeners: (ports: readonly number[]) => Promise<readonly HostListener[]>;
}
