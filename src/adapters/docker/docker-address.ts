import type { TlsOptions } from "./docker-context-store.ts";

/** How to open a byte stream to an Engine. */
export type DockerConnection =
  /** A Unix socket or a Windows named pipe. */
  | { readonly kind: "socket"; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      /** Prefix of every request path without slashes around it, for an Engine behind a proxy. */
      readonly basePath: string;
      readonly tls?: TlsOptions;
    }
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly user?: string;
      readonly port?: number;
      /** The Engine's socket on the other machine, when it is not the default one. */
      readonly socketPath?: string;
    };

export type ParsedAddress =
  | { readonly kind: "ok"; readonly address: string; readonly connection: DockerConnection }
  | { readonly kind: "invalid"; readonly address: string; readonly error: string };

export interface AddressOptions {
  readonly platform: NodeJS.Platform;
  /** Port of a `tcp://` address without one: 2375 in DOCKER_HOST, HTTP's own in a context. */
  readonly tcpPort: number;
  readonly tls: TlsOptions | undefined;
}

const defaultUnixSocket = "/var/run/docker.sock";
const defaultNamedPipe = "//./pipe/docker_engine";

/** The address the docker CLI uses when nothing is configured. */
export function defaultAddress(platform: NodeJS.Platform): string {
  return platform === "win32" ? `npipe://${defaultNamedPipe}` : `unix://${defaultUnixSocket}`;
}

/** Cuts `user:password@` out, so that an address can be shown; an ssh user stays, since it is no secret. */
export function withoutCredentials(address: string): string {
  const [, scheme = "", rest = ""] = /^([a-z]+:\/\/)?(.*)$/is.exec(address) ?? [];
  // A password may hold any character, even an @ or a slash typed by mistake: the last @ ends it.
  const end = rest.lastIndexOf("@");
  if (end < 0 || scheme === "unix://" || scheme === "npipe://") return address;
  const user = scheme === "ssh://" ? /^[^:@/]*/.exec(rest)?.[0] : "";
  return scheme + (user ? `${user}@` : "") + rest.slice(end + 1);
}

/** Reads a `unix://`, `npipe://`, `tcp://` or `ssh://` address with the docker CLI's defaults for what is left out. */
export function parseDockerAddress(text: string, options: AddressOptions): ParsedAddress {
  const separator = text.indexOf("://");
  const scheme = text.slice(0, Math.max(separator, 0));
  const rest = text.slice(separator + 3);
  switch (scheme) {
    case "unix":
      return socket(`unix://${rest || defaultUnixSocket}`, rest || defaultUnixSocket);
    case "npipe":
      if (options.platform !== "win32") return invalid(text, "named pipes exist on Windows only");
      return socket(`npipe://${rest || defaultNamedPipe}`, rest || defaultNamedPipe);
    case "tcp":
      return parseTcp(text, rest, options);
    case "ssh":
      return parseSsh(text);
    default:
      return invalid(text, "it must begin with unix://, npipe://, tcp:// or ssh://");
  }
}

function socket(address: string, path: string): ParsedAddress {
  return { kind: "ok", address, connection: { kind: "socket", path } };
}

function parseTcp(text: string, rest: string, options: AddressOptions): ParsedAddress {
  const url = parseUrl(`tcp://${/^(?:[:/]|$)/.test(rest) ? "localhost" : ""}${rest}`);
  if (url === undefined) return invalid(text, "it is not of the form tcp://HOST:PORT");
  if (url.search !== "" || url.hash !== "") return invalid(text, "it may not have a query");
  // What stands before it was meant as a password, and would be shown as a host.
  if (url.pathname.includes("@")) return invalid(text, "a password in it must be percent-encoded");
  const port = url.port === "" ? options.tcpPort : Number(url.port);
  const basePath = url.pathname.replaceAll(/^\/+|\/+$/g, "");
  return {
    kind: "ok",
    address: `tcp://${url.hostname}:${port}${basePath === "" ? "" : `/${basePath}`}`,
    connection: {
      kind: "tcp",
      host: url.hostname.replaceAll(/^\[|\]$/g, ""),
      port,
      basePath,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    },
  };
}

function parseSsh(text: string): ParsedAddress {
  const url = parseUrl(text);
  if (url === undefined || url.hostname === "") return invalid(text, "it is not of the form ssh://USER@HOST");
  if (url.password !== "") {
    return invalid(text, "a password in it is not supported: use a key or the ssh agent");
  }
  if (url.search !== "" || url.hash !== "") return invalid(text, "it may not have a query");
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  // A leading dash would be read by ssh as an option, and an option can run a command.
  if (!/^[\w.:%][\w.:%-]*$/.test(host)) return invalid(text, `"${host}" cannot be a host name`);
  if (!/^[\w.@\\+-]*$/.test(url.username) || url.username.startsWith("-")) {
    return invalid(text, `"${url.username}" cannot be a user name`);
  }
  // The path becomes part of a command line in the other machine's shell.
  if (!/^[\w./-]*$/.test(url.pathname)) return invalid(text, `"${url.pathname}" cannot be a socket path`);
  const connection: DockerConnection = {
    kind: "ssh",
    host,
    ...(url.username === "" ? {} : { user: url.username }),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(/^\/?$/.test(url.pathname) ? {} : { socketPath: url.pathname }),
  };
  return { kind: "ok", address: withoutCredentials(text), connection };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function invalid(text: string, why: string): ParsedAddress {
  const address = withoutCredentials(text);
  return { kind: "invalid", address, error: `the Docker address "${address}" cannot be used: ${why}` };
}
