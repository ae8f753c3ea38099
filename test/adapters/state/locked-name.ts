import { createServer, type Socket } from "node:net";
import { once } from "node:events";

/** Holds the name of a deployment's lock as any program of any user can, and does with who asks what the test wants. */
export async function holdName(digest: string, meet: (socket: Socket) => void): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    meet(socket);
  });
  server.listen({ path: `\0gh-devlake-repair-${digest}` });
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
