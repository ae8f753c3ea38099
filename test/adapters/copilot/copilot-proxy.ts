import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

/** A proxy that notes whom it was asked for, and the variables that lead to it. */
export async function startProxy(): Promise<{
  asked: readonly string[];
  environment: Record<string, string>;
}> {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(400).end("{}");
  });
  proxy.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { asked, environment: { HTTP_PROXY: address, HTTPS_PROXY: address } };
}
