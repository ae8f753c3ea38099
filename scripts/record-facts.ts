// Makes every fault of faults-*.ts for real, on a Docker Engine of its own, and saves what
// `repair inspect` sees of it: test/fixtures/facts/<name>.facts.json. Names as arguments limit it to those.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDeployment, type Deployment } from "../test/stack/deployment.ts";
import type { Fault } from "./fault-parts.ts";
import { faultsBeforeStart } from "./faults-before-start.ts";
import { faultsOfRunning } from "./faults-of-running.ts";

const root = join(import.meta.dirname, "..");
const fixtures = join(root, "test", "fixtures", "facts");

/** What changes from one recording to the next and means nothing, replaced by what does not. */
function stable(text: string, { dir, project, env }: Deployment): string {
  const seen = new Map<string, string>();
  const number = (id: string): string => {
    const known = seen.get(id) ?? (seen.size + 1).toString(16).padStart(64, "0");
    seen.set(id, known);
    return known;
  };
  return text
    .replaceAll(env["DOCKER_HOST"] ?? "no address", "unix:///var/run/docker.sock")
    .replaceAll(
      /("address": "unix:\/\/\/var\/run\/docker\.sock",\s*"source": )"DOCKER_HOST"/g,
      '$1"default socket"',
    )
    .replaceAll(`${dir}-foreign-`, "/srv/ci-")
    .replaceAll(`${project}-foreign-`, "ci-")
    .replaceAll(dir, "/srv/devlake")
    .replaceAll(project, "devlake")
    .replaceAll(/\b[0-9a-f]{64}\b/g, number)
    .replaceAll(/("local\.engine\.id": \{\s*"value": )"[^"]*"/g, '$1"b7a1f5c2-0000-4000-8000-000000000001"')
    .replaceAll(/("engineId": )"[^"]*"/g, '$1"b7a1f5c2-0000-4000-8000-000000000001"')
    .replaceAll(/(\.holder-pid": \{\s*"value": )\d+/g, "$14242")
    .replaceAll(/\d{4}([-/])\d\d[-/]\d\d( - |[T ])\d\d:\d\d:\d\d(?:\.\d+)?/g, "2026$111$122$210:15:00");
}

async function inspect(deployment: Deployment, fault: Fault): Promise<string> {
  const { before = [], env = {} } = (await fault.make(deployment)) ?? {};
  const [command, ...args] = [...before, process.execPath, join(root, "src", "main.ts"), "repair", "inspect"];
  const { exitCode, stdout, stderr } = await deployment.exec(command, args, { env });
  if (exitCode !== 0) throw new Error(`inspect ended with ${exitCode}: ${stderr}`);
  return stdout;
}

async function reset(deployment: Deployment, from: Fault["from"]): Promise<void> {
  const containers = (await deployment.docker("ps", "-aq")).stdout.split("\n").filter(Boolean);
  if (containers.length > 0) await deployment.docker("rm", "-f", "-v", ...containers);
  await deployment.docker("network", "prune", "-f");
  await deployment.docker("volume", "prune", "-a", "-f");
  await deployment.exec("sh", ["-c", 'rm -rf "$1"-foreign-*', "sh", deployment.dir]);
  const pristine = join(deployment.dir, "..", `${deployment.project}-pristine`);
  for (const name of [".env", ".devlake-local.json"])
    await rm(join(deployment.dir, name), { recursive: true, force: true });
  for (const name of ["docker-compose.yml", ".env"])
    await copyFile(join(pristine, name), join(deployment.dir, name));
  if (from === "nothing started") return;
  await deployment.up();
  await deployment.waitReady();
}

const wanted = process.argv.slice(2);
const faults = Object.entries({ ...faultsBeforeStart, ...faultsOfRunning }).filter(
  ([name]) => wanted.length === 0 || wanted.includes(name),
);
await using deployment = await createDeployment({ engine: "own" });
const pristine = `${deployment.dir}-pristine`;
await mkdir(pristine);
for (const name of ["docker-compose.yml", ".env"])
  await copyFile(join(deployment.dir, name), join(pristine, name));
await mkdir(fixtures, { recursive: true });
for (const [name, fault] of faults) {
  const begin = performance.now();
  await reset(deployment, fault.from);
  await using held = new AsyncDisposableStack();
  const tracked: Deployment = {
    ...deployment,
    holdPort: async (port) => held.use(await deployment.holdPort(port)),
  };
  try {
    const bundle = JSON.parse(stable(await inspect(tracked, fault), deployment)) as Record<string, unknown>;
    const fixed = { ...bundle, collectedAt: "2026-11-22T10:15:00.000Z" };
    await writeFile(join(fixtures, `${name}.facts.json`), `${JSON.stringify(fixed, undefined, 2)}\n`);
    console.log(`${name}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  } catch (thrown) {
    console.error(`${name}: ${String(thrown)}`);
    process.exitCode = 1;
  }
}
await rm(pristine, { recursive: true, force: true });
