import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "./checkout.ts";

/** Letters and digits, no name of anything. */
const canary = "Kanari7Vogel";
let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let number = 0;

beforeAll(async () => {
  temporary = await temporaryDirectory();
});
afterAll(() => temporary[Symbol.asyncDispose]());

const service = "services:\n  devlake:\n    image: devlake.docker.scarf.sh/apache/devlake:v1.0.2\n";
const withEnv = `${service}    env_file: [.env]\n`;

interface Planted {
  readonly env?: string;
  readonly compose: string;
  /** A file of the user's elsewhere that the deployment names as OUTSIDE, or links as `linked.env`. */
  readonly outside?: string;
}

/** What the installed Compose itself quotes, or takes into the model. */
const forms: Readonly<Record<string, Planted>> = {
  "a wrong sign in .env": { env: "ENCRYPTION_SECRET;CANARY\n", compose: withEnv },
  "another wrong sign": { env: "ENCRYPTION_SECRET!=CANARY\n", compose: withEnv },
  "a secret broken over two lines": { env: "ENCRYPTION_SECRET=abc\nCANARY+/=xyz\n", compose: withEnv },
  "a quote that is never closed": { env: 'ENCRYPTION_SECRET="CANARY\nS=1\n', compose: withEnv },
  "a required variable in .env": { env: "ENCRYPTION_SECRET=${x:?CANARY}\n", compose: withEnv },
  "a required variable": { compose: `${service}    environment: { S: "\${D:?CANARY}" }\n` },
  "a required variable with a URL": {
    compose: `${service}    environment: { S: "\${D:?mysql://merico:CANARY@mysql}" }\n`,
  },
  "an alias": { compose: `${service}    environment:\n      ENCRYPTION_SECRET: *CANARY\n` },
  "a host port": { env: "S=CANARY\n", compose: `${service}    ports: ["\${S}:8080"]\n` },
  "an exposed port": { env: "S=CANARY\n", compose: `${service}    expose: ["\${S}"]\n` },
  "a boolean": { env: "S=CANARY\n", compose: `${service}    privileged: \${S}\n` },
  "a duration": { env: "S=CANARY\n", compose: `${service}    stop_grace_period: \${S}\n` },
  "a size": { env: "S=CANARY\n", compose: `${service}    mem_limit: \${S}\n` },
  "a volume": { env: "S=CANARY\n", compose: `${service}    volumes: ["\${S}:/x"]\n` },
  "a network": { env: "S=CANARY\n", compose: `${service}    networks: ["\${S}"]\n` },
  "a dependency": { env: "S=CANARY\n", compose: `${service}    depends_on: ["\${S}"]\n` },
  "a restart policy": { env: "S=CANARY\n", compose: `${service}    restart: \${S}\n` },
  "an env_file by a variable": { env: "S=CANARY\n", compose: `${service}    env_file: ["\${S}"]\n` },
  "an image": {
    env: "MY_DB_PASSWORD=CANARY\n",
    compose: `${service}  x:\n    image: x/\${MY_DB_PASSWORD}\n`,
  },
  "a key": { compose: `${service}    CANARY: x\n` },
  "a map for a text": { compose: `${service}    environment:\n      - S: CANARY\n` },
  "a text for a map": { compose: `${service}    environment: CANARY\n` },
  "a file that is one text": { compose: "CANARY\n" },
  "a list for a map": { compose: "services: [CANARY]\n" },
  "a bad template": { compose: `${service}    environment: { S: "CANARY\${" }\n` },
  "a build argument": { compose: `${service}    build: { context: ., args: { S: CANARY } }\n` },
  "the text of a config": { compose: `${service}configs: { c: { content: "CANARY" } }\n` },
  "an extension": { compose: `${service}x-team: { seat: CANARY }\n` },
  "an env_file elsewhere": {
    outside: "[default]\naws_secret_access_key = CANARY\n",
    compose: `${service}    env_file: [OUTSIDE]\n`,
  },
  "an env_file elsewhere that Compose refuses": {
    outside: "[default CANARY]\naws;secret_access_key CANARY\n",
    compose: `${service}    env_file: [OUTSIDE]\n`,
  },
  "a link to an env_file elsewhere": {
    outside: "aws;secret_access_key CANARY\n",
    compose: `${service}    env_file: [linked.env]\n`,
  },
  "an extended file elsewhere": {
    outside: "services:\n  aws_secret:\n    CANARY: CANARY\n",
    compose: `${service}    extends: { file: OUTSIDE, service: a }\n`,
  },
  "an included file elsewhere": {
    outside: "services:\n  aws_secret: CANARY: CANARY\n",
    compose: `include: [OUTSIDE]\n${service}`,
  },
};

test.each(Object.entries(forms))("nothing of it is said: %s", async (_name, { env, compose, outside }) => {
  const base = join(temporary.path, String(++number));
  const directory = join(base, "deploy");
  const elsewhere = join(base, "elsewhere");
  await mkdir(directory, { recursive: true });
  const put = (path: string, text: string): Promise<void> =>
    writeFile(path, text.replaceAll("CANARY", canary).replaceAll("OUTSIDE", elsewhere));
  await put(join(directory, ".env"), env ?? "S=1\n");
  await put(join(directory, "docker-compose.yml"), compose);
  if (outside !== undefined) await put(elsewhere, outside);
  if (compose.includes("linked.env")) await symlink(elsewhere, join(directory, "linked.env"));
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [join(repositoryRoot, "dist/main.js"), "repair", ...args], {
      cwd: directory,
      reject: false,
      stdin: "ignore",
      all: true,
      extendEnv: false,
      env: userEnvironment({ HOME: base, DOCKER_HOST: "unix:///nowhere/docker.sock" }),
    });

  const looked = await run("inspect");
  const planned = await run("--plan-only", "--planner", "offline", "-o", "-");

  expect(looked.exitCode, looked.all).toBe(0);
  expect(looked.stdout).toContain("local.compose.status");
  const said = `${looked.all}\n${planned.all}`;
  expect(said).not.toContain("Kanari");
  expect(said).not.toContain("aws");
});
