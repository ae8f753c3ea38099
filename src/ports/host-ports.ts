export interface HostListener {
  readonly port: number;
  /** Where it may be seen. */
  readonly pid?: number;
  readonly name?: string;
}

/** Who listens on the TCP ports of this host. */
export interface HostPorts {
  /** Listeners among the wanted ports; a port that is missing from the answer is free as far as can be seen. */
  readonly listeners: (ports: readonly number[]) => Promise<readonly HostListener[]>;
}
