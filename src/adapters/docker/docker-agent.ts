import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { inspect } from "node:util";
import type { DockerConnection } from "./docker-address.ts";
import type { TlsOptions } from "./docker-context-store.ts";
import { connectThroughSsh, type SshHost } from "./docker-ssh.ts";
import { Agent } from "../node/http-module.ts";

/** With one, Node does not test the host for an address, whose pattern takes 20 ms to compile. TLS gets its own. */
const withoutServerName = { servername: "" };

/**
 * An HTTP agent whose every connection goes to the Engine, whatever the request's own host is, so that
 * sockets, TLS and ssh all look the same to dockerode. Idle connections are kept, but do not keep the
 * program alive.
 */
export class DockerAgent extends Agent {
  readonly #connection: DockerConnection;
  readonly #host: SshHost;

  constructor(connection: DockerConnection, host: SshHost) {
    // sshd refuses connections beyond its MaxStartups, 10 by default.
    super({ keepAlive: true, maxSockets: connection.kind === "ssh" ? 3 : 8, ...withoutServerName });
    this.#connection = connection;
    this.#host = host;
  }

  /** docker-modem prints every request for its debug log, even when nobody reads it: without this, 50 ms a command. */
  [inspect.custom](): string {
    return "DockerAgent";
  }

  override createConnection(): Duplex {
    const connection = this.#connection;
    switch (connection.kind) {
      case "socket":
        return connectTcp({ path: connection.path });
      case "tcp":
        if (connection.tls !== undefined) return openTls(connection.host, connection.port, connection.tls);
        return connectTcp({ host: connection.host, port: connection.port });
      case "ssh":
        return connectThroughSsh(connection, this.#host);
    }
  }
}

function openTls(host: string, port: number, tls: TlsOptions): Duplex {
  return connectTls({
    host,
    port,
    // Server names may not be IP addresses (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  });
}
