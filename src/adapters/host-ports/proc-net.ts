import { parseEndpoint } from "./listener.ts";

/** A listening socket of /proc/net/tcp or tcp6; the inode leads to its process. */
export interface ListeningSocket {
  readonly port: number;
  readonly address: string;
  readonly inode: string;
}

const LISTEN = "0A";

/**
 * Listening sockets in the text of /proc/net/tcp or /proc/net/tcp6 (proc_pid_net(5)): columns
 * `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode ...`. Addresses are
 * 32-bit words in the byte order of the machine; every platform Node 24 runs on is little-endian
 * but s390x, where only the address shown would be wrong, never the port.
 */
export function parseProcNet(text: string): readonly ListeningSocket[] {
  return text.split("\n").flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [, local = "", , state] = columns;
    const inode = columns[9];
    const [hexAddress, hexPort] = local.split(":");
    if (state !== LISTEN || inode === undefined || hexAddress === undefined || hexPort === undefined)
      return [];
    const endpoint = parseEndpoint(`${addressOf(hexAddress)}:${Number.parseInt(hexPort, 16)}`);
    return endpoint === undefined ? [] : [{ ...endpoint, inode }];
  });
}

function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return ipv4(bytes);
  const text = bytes.join("");
  if (/^0{20}ffff/i.test(text)) return ipv4(bytes.slice(12));
  // The URL parser knows the short form of RFC 5952: `[::1]`.
  return new URL(`http://[${(text.match(/.{4}/g) ?? []).join(":")}]`).hostname.slice(1, -1);
}

function ipv4(bytes: readonly string[]): string {
  return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
}
