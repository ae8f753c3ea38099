import { createServer } from "node:net";
import { errnoCode } from "../../core/errors.ts";

// All four: on macOS a listener on 127.0.0.1 does not keep others from binding 0.0.0.0.
const addresses = ["0.0.0.0", "::", "127.0.0.1", "::1"];

/**
 * Whether something that no tool shows us keeps a port from being bound: tries to bind it, and lets go at once.
 * EACCES below 1024 only says that we are not root; above, it is Windows' own reservation (Hyper-V).
 */
export async function isPortTaken(port: number): Promise<boolean> {
  for (const host of addresses) {
    const refusal = await bindError(port, host);
    if (refusal === "EADDRINUSE" || (refusal === "EACCES" && port >= 1024)) return true;
  }
  return false;
}

function bindError(port: number, host: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer((socket) => socket.destroy());
  server.once("error", (error) => resolve(errnoCode(error)));
  server.listen({ port, host, exclusive: true, ipv6Only: host.includes(":") }, () => {
    server.close(() => resolve(undefined));
  });
  return promise;
}
