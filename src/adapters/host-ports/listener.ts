/** One listening TCP socket as some system tool shows it. */
export interface Listener {
  readonly port: number;
  /** `*` for all addresses, else the address without brackets: `127.0.0.1`, `::1`. */
  readonly address: string;
  readonly pid?: number;
  readonly name?: string;
}

/**
 * Splits `127.0.0.1:8080`, `[::1]:8080`, `*:8080`, `:::8080`; undefined when there is no port number.
 * All forms of "every address" become `*`, and IPv4 addresses of IPv6 sockets become IPv4.
 */
export function parseEndpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, host = "", digits = ""] = match;
  // ss and netstat may name the interface: `[fe80::1%eth0]:80`, `127.0.0.53%lo:53`.
  const address = host
    .replaceAll(/[[\]]/g, "")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/i, "");
  return { address: ["", "0.0.0.0", "::"].includes(address) ? "*" : address, port: Number(digits) };
}
