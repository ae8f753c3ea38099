import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, runCommand } from "./run-command.ts";
import { lockForThisProcess } from "./stack-lock.ts";
import { isLeftOver } from "./test-names.ts";
import { waitUntil } from "./wait-until.ts";

const root = "/var/tmp/gh-devlake-stack";
const scarf = "devlake.docker.scarf.sh/apache";
const images = [
  `${scarf}/devlake:v1.0.2`,
  `${scarf}/devlake-dashboard:v1.0.2`,
  `${scarf}/devlake-config-ui:v1.0.2`,
];

/** A Docker Engine of its own, with its own localhost and ports: a second dockerd in a network namespace. */
export interface PrivateEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** What to put before a command so that its localhost is the engine's. */
  readonly enter: readonly string[];
  /** Stops every container as a host shutdown does: config-ui ends with 137 after its 10 s of grace. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const databases = { mysql: "mysql:8", postgres: "postgres:17" } as const;

/** Starts an engine that already has the stand-in images. */
export async function startPrivateEngine(
  name: string,
  database: keyof typeof databases = "mysql",
): Promise<PrivateEngine> {
  const template = await imageTemplate([databases[database], ...images]);
  const home = join(root, "engines", name);
  await mkdir(home, { recursive: true });
  await copyDataRoot(template, join(home, "data"));
  const engine = engineAt(name, home);
  try {
    await mustRun("ip", ["netns", "add", name]);
    await mustRun("ip", ["-n", name, "link", "set", "lo", "up"]);
    await engine.start();
  } catch (error) {
    await removeEngine(name);
    throw error;
  }
  return engine;
}

function engineAt(name: string, home: string): PrivateEngine {
  const enter = ["nsenter", `--net=/run/netns/${name}`, "--"];
  const host = `unix://${home}/docker.sock`;
  return {
    host,
    enter,
    start: () => startDaemon(home, enter, host),
    stop: () => stopDaemon(home),
    async [Symbol.asyncDispose]() {
      await removeContainers(host);
      await removeEngine(name);
    },
  };
}

// nsenter and not `ip netns exec`: that one mounts a new /sys, in which dockerd finds no cgroups.
async function startDaemon(home: string, enter: readonly string[], host: string): Promise<void> {
  const log = openSync(join(home, "dockerd.log"), "a");
  const [command = "nsenter", ...args] = enter;
  const daemon = spawn(
    command,
    [
      ...args,
      "dockerd",
      "--data-root",
      join(home, "data"),
      "--exec-root",
      join(home, "exec"),
      "--pidfile",
      pidFile(home),
      "--host",
      host,
    ],
    { stdio: ["ignore", log, log], detached: true },
  );
  daemon.unref();
  let ended = false;
  daemon.once("exit", () => (ended = true));
  try {
    await waitUntil(`the private engine answers at ${host}`, async () => {
      if (ended) throw new Error(`dockerd ended:\n${await logTail(home)}`);
      return (await runCommand("docker", ["--host", host, "version"])).exitCode === 0;
    });
  } finally {
    closeSync(log);
  }
}

async function logTail(home: string): Promise<string> {
  return (await readFile(join(home, "dockerd.log"), "utf8")).split("\n").slice(-20).join("\n");
}

function pidFile(home: string): string {
  return join(home, "dockerd.pid");
}

async function stopDaemon(home: string): Promise<void> {
  const pid = await daemonPid(home);
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  await waitUntil(`dockerd ${pid} ended`, async () => (await daemonPid(home)) === undefined);
}

/** The daemon's pid while it runs. A number that another program has by now does not count. */
async function daemonPid(home: string): Promise<number | undefined> {
  try {
    const pid = (await readFile(pidFile(home), "utf8")).trim();
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(home) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

async function removeContainers(host: string): Promise<void> {
  const listed = await runCommand("docker", ["--host", host, "ps", "-aq"]);
  const ids = listed.stdout.split("\n").filter((id) => id !== "");
  // Killed first, so that the daemon does not give each its ten seconds to end.
  if (ids.length > 0) await runCommand("docker", ["--host", host, "rm", "-f", ...ids]);
}

async function removeEngine(name: string): Promise<void> {
  const home = join(root, "engines", name);
  await stopDaemon(home);
  for (const mount of await mountsBelow(home)) await runCommand("umount", ["-l", mount]);
  await runCommand("ip", ["netns", "del", name]);
  await rm(home, { recursive: true, force: true });
}

async function mountsBelow(directory: string): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  return mounts.filter((mount) => mount.startsWith(`${directory}/`)).reverse();
}

/** Removes the engines of test processes that were killed. */
export async function removeLeftOverEngines(): Promise<void> {
  for (const name of await namesIn(join(root, "engines"))) {
    if (!isLeftOver(name)) continue;
    await removeContainers(`unix://${join(root, "engines", name)}/docker.sock`);
    await removeEngine(name);
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  return readdir(directory);
}

/** A data directory that holds the images, made once for each set of images and kept for the next runs. */
async function imageTemplate(wanted: readonly string[]): Promise<string> {
  await using _lock = await lockForThisProcess("template");
  const ids = await mustRun("docker", ["image", "inspect", "--format", "{{.Id}}", ...wanted]);
  const key = ids
    .replaceAll("sha256:", "")
    .split("\n")
    .map((id) => id.slice(0, 8))
    .join("-");
  const template = join(root, "templates", key);
  const known = await namesIn(join(root, "templates"));
  if (known.includes(key)) return template;
  const home = join(root, "templates", "unfinished");
  // A test process killed at this place left its engine running.
  await stopDaemon(home);
  for (const other of known) await rm(join(root, "templates", other), { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const enter = ["unshare", "--net", "--"];
  const host = `unix://${home}/docker.sock`;
  await startDaemon(home, enter, host);
  try {
    await mustRun("sh", ["-c", 'docker save "$@" | docker --host "$TO" load', "sh", ...wanted], {
      env: { TO: host },
    });
  } finally {
    await stopDaemon(home);
  }
  await rename(join(home, "data"), template);
  await rm(home, { recursive: true, force: true });
  return template;
}

/** Where the engine's own image store and containerd's keep what they never write to again. */
const layers = [
  "overlay2",
  "containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots",
  "containerd/daemon/io.containerd.content.v1.content/blobs",
];

/** Layers are hard links, as the engine never writes to one: a copy takes no room and little time. */
async function copyDataRoot(from: string, to: string): Promise<void> {
  const script = `from=$1 to=$2
    mkdir "$to"
    shift 2
    for layers do
      [ -d "$from/$layers" ] || continue
      mkdir -p "$(dirname "$to/$layers")" && cp -al "$from/$layers" "$to/$layers"
    done
    tar -C "$from" --anchored "\${@/#/--exclude=./}" -cf - . | tar -C "$to" -xpf -`;
  await mustRun("bash", ["-euo", "pipefail", "-c", script, "bash", from, to, ...layers]);
}
