import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "../test/stack/deployment.ts";
import { waitUntil } from "../test/stack/wait-until.ts";

/** How the inspection itself is called when not as usual. */
export interface Call {
  /** Words before the command. */
  readonly before?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One fault: what the deployment is like before, and how the fault is made. */
export interface Fault {
  readonly from: "nothing started" | "ready";
  readonly make: (deployment: Deployment) => Promise<Call | void>;
}

export async function edit(d: Deployment, name: string, change: (text: string) => string): Promise<void> {
  const path = join(d.dir, name);
  const before = await readFile(path, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${name} is as before`);
  await writeFile(path, after);
}

/** `compose up` that is expected to fail, as it did for the user who now asks for help. */
export async function failedUp(d: Deployment): Promise<void> {
  const up = await d.compose("up", "-d");
  if (up.exitCode === 0) throw new Error("compose up was expected to fail");
}

export async function restartsOf(d: Deployment, service: string): Promise<number> {
  const { stdout } = await d.compose("ps", "-aq", service);
  return Number((await d.docker("inspect", "--format", "{{.RestartCount}}", stdout.trim())).stdout);
}

export function heldByProcess(...ports: readonly number[]): Fault {
  return {
    from: "nothing started",
    make: async (d) => {
      for (const port of ports) await d.holdPort(port);
      await failedUp(d);
    },
  };
}

export function envFile(change: (text: string) => string): Fault {
  return { from: "nothing started", make: (d) => edit(d, ".env", change) };
}

export function composeFile(change: (text: string) => string): Fault {
  return { from: "nothing started", make: (d) => edit(d, "docker-compose.yml", change) };
}

/** A way to the engine over TCP, at an address that is not loopback: all that makes an engine remote. */
export async function remoteEngine(d: Deployment): Promise<Call> {
  const address = "192.0.2.10";
  await d.exec("ip", ["addr", "add", `${address}/32`, "dev", "lo"]);
  const proxy = `require("node:net").createServer((client) => {
    const engine = require("node:net").connect(process.argv[1]);
    client.pipe(engine).pipe(client);
    for (const end of [client, engine]) end.on("error", () => { client.destroy(); engine.destroy(); });
  }).listen(2375, "${address}", () => process.send?.(0));
  setTimeout(() => process.exit(0), 60_000);`;
  const socket = (d.env["DOCKER_HOST"] ?? "").replace("unix://", "");
  const script = `"$1" -e "$2" "$3" >/dev/null 2>&1 </dev/null &`;
  await d.exec("sh", ["-c", script, "sh", process.execPath, proxy, socket]);
  const host = `tcp://${address}:2375`;
  await waitUntil(
    "the engine answers over TCP",
    async () => (await d.exec("docker", ["version"], { env: { DOCKER_HOST: host } })).exitCode === 0,
  );
  return { env: { DOCKER_HOST: host } };
}

export const wrongPassword = (text: string): string =>
  text.replace("merico:merico@mysql:3306/lake?", "merico:Wr0ngPassw0rd@mysql:3306/lake?");
