import { once } from "node:events";
import { execa } from "execa";

/** A process of this machine, not of Docker, that listens on a port until it is disposed. */
export interface PortHolder extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

// Ends with its standard input: a test process that is killed leaves no port held.
const program = `
  const server = require("node:net").createServer((socket) => socket.destroy());
  server.listen(Number(process.argv[1]), "0.0.0.0", () => console.log("listening"));
  process.stdin.resume().on("end", () => process.exit(0));
`;

/** `enter` goes before the command, to listen in the network namespace of a private engine. */
export async function holdPort(port: number, enter: readonly string[] = []): Promise<PortHolder> {
  const [command, ...args] = [...enter, process.execPath, "-e", program, String(port)];
  const holder = execa(command, args, { reject: false, buffer: { stdout: false, stderr: true } });
  const listening = once(holder.stdout, "data").then(() => undefined);
  const ended = holder.then((result) => `cannot listen on port ${port}: ${result.stderr}`);
  const problem = await Promise.race([listening, ended]);
  if (problem !== undefined) throw new Error(problem);
  return {
    port,
    pid: holder.pid ?? -1,
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await holder;
    },
  };
}
