import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Deployment, type DeploymentOptions, createDeployment } from "../stack/deployment.ts";

/** Planted to be searched for; each has another form in base64, in a URL and in JSON. */
export const canaries = {
  secret: 'CanarySecret/4+Everything=1&2%3"4',
  databasePassword: "Canary/p@ss+word=5&6",
} as const;

/** A deployment that runs, holds encrypted and plain rows, and has no password of DevLake's public file. */
export async function seededDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  await using stack = new AsyncDisposableStack();
  const d = stack.use(await createDeployment({ ...options, secret: `'${canaries.secret}'` }));
  await edit(join(d.dir, "docker-compose.yml"), (text) =>
    text.replaceAll("MYSQL_PASSWORD: merico", `MYSQL_PASSWORD: "${canaries.databasePassword}"`),
  );
  await edit(join(d.dir, ".env"), (text) =>
    text.replaceAll("merico:merico@", `merico:${encodeURIComponent(canaries.databasePassword)}@`),
  );
  await d.up();
  await d.waitReady(180_000);
  await d.seed();
  stack.move();
  return d;
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}

/** What must be there after every repair as it was before: rows, ciphertext, volumes. */
export interface Precious {
  readonly commits: string;
  readonly tokens: string;
  readonly volumes: string;
}

export async function preciousOf(d: Deployment): Promise<Precious> {
  const [commits, tokens] = [
    await d.sql("SELECT count(*), sum(crc32(sha)) FROM commits"),
    await d.sql("SELECT name, token FROM _tool_github_connections ORDER BY id"),
  ];
  const volumes = await d.docker(
    "volume",
    "inspect",
    "--format",
    "{{.Name}} {{.CreatedAt}}",
    ...["mysql-storage", "grafana-storage", "devlake-log"].map((name) => `${d.project}_${name}`),
  );
  return { commits: JSON.stringify(commits), tokens: JSON.stringify(tokens), volumes: volumes.stdout };
}
