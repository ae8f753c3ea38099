// Makes plans/, examples/*.facts.json and docs/session.txt anew, from real faults of a DevLake in
// /srv/devlake on an engine of its own. The key that signs is thrown away. Needs what the tests need.
import { generateKeyPairSync } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readPublicKey } from "../src/attest/keys.ts";
import { createDeployment } from "../test/stack/deployment.ts";
import { waitUntil } from "../test/stack/wait-until.ts";

const root = join(import.meta.dirname, "..");
const directory = "/srv/devlake";
const neighbour = "/srv/ci";

await using cleanUp = new AsyncDisposableStack();
const deployment = cleanUp.use(await createDeployment({ engine: "own" }));
const home = await mkdtemp(join(tmpdir(), "gh-devlake-record-"));
cleanUp.defer(() => rm(home, { recursive: true }));
for (const made of [directory, neighbour]) {
  // Fails when there is one: it is not ours to replace.
  await mkdir(made);
  cleanUp.defer(() => rm(made, { recursive: true }));
}

const keyFile = join(home, "key.pem");
const env = {
  PATH: process.env["PATH"],
  ...deployment.env,
  HOME: home,
  GH_CONFIG_DIR: join(home, "config"),
  GH_TOKEN: "x",
  GH_NO_UPDATE_NOTIFIER: "1",
  GH_DEVLAKE_SIGNING_KEY: keyFile,
  NO_COLOR: "1",
  LANG: "C.UTF-8",
  TERM: "xterm",
};

function run(command: string, args: readonly string[], cwd = directory) {
  const [first = command, ...rest] = [...deployment.enter, command, ...args];
  return execa(first, rest, { cwd, env, extendEnv: false, reject: false });
}

async function must(command: string, args: readonly string[], cwd = directory): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

const repair = (...args: readonly string[]): Promise<string> => must("gh", ["devlake", "repair", ...args]);
const compose = (...args: readonly string[]) => run("docker", ["compose", ...args]);

async function answers(url: string): Promise<void> {
  const ask = ["-s", "-o", "/dev/null", "-w", "%{http_code}", `http://localhost:${url}`];
  await waitUntil(`${url} answers`, async () => (await run("curl", ask)).stdout === "200", 60_000);
}

/** A DevLake that has never run, and nothing of an earlier fault. */
async function startAfresh(): Promise<void> {
  await compose("down", "-v", "-t", "1");
  // Plans of one day and cause have one name, and runs of one deployment one place.
  await rm(join(home, ".local", "state"), { recursive: true, force: true });
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
  for (const name of ["docker-compose.yml", ".env"]) {
    await copyFile(join(deployment.dir, name), join(directory, name));
  }
}

async function recordFacts(name: string): Promise<void> {
  // The engine's address is the only thing that tells of the machine.
  const text = (await repair("inspect"))
    .replaceAll(deployment.env["DOCKER_HOST"] ?? "", "unix:///var/run/docker.sock")
    .replaceAll('"source": "DOCKER_HOST"', '"source": "default socket"');
  await writeFile(join(root, "examples", `${name}.facts.json`), `${text}\n`);
}

/** Plans, applies with an approval for every step, and keeps both files. */
async function recordRun(): Promise<void> {
  await repair("--plan-only");
  const [plan = ""] = await readdir(join(directory, "plans"));
  const steps = [
    ...(await readFile(join(directory, "plans", plan), "utf8")).matchAll(/^ {2}- id: (s\d+)$/gm),
  ];
  await repair("--apply", `plans/${plan}`, "--approve", steps.map(([, id]) => id).join(","));
  await cp(join(directory, "plans"), join(root, "plans"), { recursive: true });
}

/** What a person sees who types the command and answers each question with yes. */
async function recordSession(): Promise<void> {
  const tmux = (...args: readonly string[]) =>
    execa("tmux", ["-L", "gh-devlake-record", "-u", "-f", "/dev/null", ...args], { env, extendEnv: false });
  const variables = Object.entries({ ...env, PS1: "$ " }).map(([name, value]) => `${name}='${value ?? ""}'`);
  const shell = [...deployment.enter, "env", "-i", ...variables, "bash", "--norc", "--noprofile"].join(" ");
  await tmux("new-session", "-d", "-x", "84", "-y", "300", "-s", "session", "-c", directory, shell);
  await using end = new AsyncDisposableStack();
  end.defer(async () => void (await tmux("kill-server")));
  const screen = async () => (await tmux("capture-pane", "-p", "-J", "-t", "session")).stdout.trimEnd();
  const type = (text: string) => tmux("send-keys", "-t", "session", text, "Enter");

  await waitUntil("the shell", async () => (await screen()) === "$", 10_000);
  await type("gh devlake repair");
  // The next question may stand there before anybody can see that the last one is answered.
  const asked = async () => [...(await screen()).matchAll(/(?:n no|q quit):/g)].length;
  const hasEnded = async () => (await screen()).endsWith("\n$");
  for (let answered = 0; ; answered++) {
    await waitUntil(
      "a question, or the end",
      async () => (await asked()) > answered || (await hasEnded()),
      120_000,
    );
    if ((await asked()) <= answered) break;
    await type("y");
  }
  await writeFile(join(root, "docs", "session.txt"), (await screen()).replace(/\$$/, ""));
}

/** A program of the host that listens, until it is disposed. */
async function hold(port: number): Promise<AsyncDisposable> {
  const holder = run("python3", ["-m", "http.server", String(port)], "/");
  await answers(`${port}/`);
  return {
    async [Symbol.asyncDispose]() {
      holder.kill();
      await holder;
    },
  };
}

await symlink(root, join(home, "gh-devlake"));
await must("gh", ["extension", "install", "."], join(home, "gh-devlake"));
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
await writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
await must("git", ["config", "--global", "user.email", "oncall@example.com"]);
await rm(join(root, "plans"), { recursive: true, force: true });
await mkdir(join(root, "plans"));
const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
await writeFile(join(root, "plans/example-signer.pub.pem"), publicKeyPem);
const policyFile = join(root, "examples/own-policy.yaml");
const policyText = await readFile(policyFile, "utf8");
await writeFile(
  policyFile,
  policyText.replace(/keyId: [0-9a-f]{64}/, `keyId: ${readPublicKey(publicKeyPem).keyId}`),
);

{
  await using _held = await hold(8080);
  await startAfresh();
  await compose("up", "-d");
  await recordFacts("port-conflict");
  await recordSession();
  await startAfresh();
  await compose("up", "-d");
  await recordRun();
}

await startAfresh();
const neighbourFile = `services:
  grafana:
    image: devlake.docker.scarf.sh/apache/devlake-dashboard:v1.0.2
    entrypoint: ["python3", "-m", "http.server", "3000"]
    ports:
      - 3002:3000
`;
await writeFile(join(neighbour, "docker-compose.yml"), neighbourFile);
await must("docker", ["compose", "up", "-d"], neighbour);
await compose("up", "-d");
await recordFacts("container-conflict");
await must("docker", ["compose", "down", "-v", "-t", "1"], neighbour);

await startAfresh();
await must("docker", ["compose", "up", "-d"]);
await answers("4000/api/ping");
await deployment.restartEngine();
await answers("8080/ready");
await answers("3002/grafana/api/health");
await recordFacts("config-ui-exited");
await recordRun();
