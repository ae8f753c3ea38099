import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Deployment, Service } from "../stack/deployment.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import { everythingOf, expectNoSecretAnywhere, type Planned } from "./repair-run.ts";
import { canaries, preciousOf, type Precious } from "./seeded-deployment.ts";

/** What no repair may have less of afterwards. */
export interface Kept {
  readonly precious: Precious;
  readonly dashboards: number;
  /** Files of the deployment, and containers, that hold the secret which the rows were encrypted with. */
  readonly secretCopies: readonly string[];
}

/** While database and Grafana run. */
export async function keptOf(d: Deployment): Promise<Kept> {
  return {
    precious: await preciousOf(d),
    dashboards: await dashboardsOf(d),
    secretCopies: await secretCopiesOf(d),
  };
}

/** In Grafana's own database, wherever that is. */
export async function addDashboards(d: Deployment): Promise<void> {
  const rows = ["a", "b", "c"].map((uid) => `('${uid}', 'Dashboard ${uid}')`).join();
  await onGrafana(
    d,
    `database.execute("INSERT INTO dashboard (uid, title) VALUES ${rows}"); database.commit()`,
  );
}

export async function dashboardsOf(d: Deployment): Promise<number> {
  return Number(
    await onGrafana(d, `print(database.execute("SELECT count(*) FROM dashboard").fetchone()[0])`),
  );
}

async function onGrafana(d: Deployment, statement: string): Promise<string> {
  const program = `import sqlite3; database = sqlite3.connect("/var/lib/grafana/grafana.db"); ${statement}`;
  const ran = await d.docker("exec", `${d.project}-grafana-1`, "python3", "-c", program);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return ran.stdout;
}

/** `.env`, `devlake`, ...: each place that holds the canary, stopped containers too. */
export async function secretCopiesOf(d: Deployment): Promise<readonly string[]> {
  const names = (await readdir(d.dir)).filter((name) => name !== "plans");
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(d.dir, name), "utf8") })),
  );
  const ids = (await d.docker("ps", "-aq")).stdout.split("\n").filter((id) => id !== "");
  const listed = await d.docker("inspect", ...ids);
  const containers = JSON.parse(listed.stdout) as readonly {
    readonly Name: string;
    readonly Config: { readonly Env: readonly string[] | null };
  }[];
  return [
    ...files.filter(({ text }) => text.includes(canaries.secret)).map(({ name }) => name),
    ...containers
      .filter(({ Config }) => (Config.Env ?? []).includes(`ENCRYPTION_SECRET=${canaries.secret}`))
      .map(({ Name }) => Name.replace(`/${d.project}-`, "").replace(/-1$/, "")),
  ].sort();
}

export async function edit(d: Deployment, file: string, change: (text: string) => string): Promise<void> {
  const path = join(d.dir, file);
  const text = await readFile(path, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
}

/** Its id and environment: what must be the same container as before. */
export async function containerOf(d: Deployment, service: Service): Promise<string> {
  const { stdout } = await d.docker(
    "inspect",
    "--format",
    "{{.Id}} {{json .Config.Env}} {{json .Mounts}}",
    `${d.project}-${service}-1`,
  );
  return stdout;
}

/** An unattended repair of a plan without steps changes nothing at all, and says no good news. */
export async function expectLeftAlone(gh: GhDevlake, d: Deployment, { plan }: Planned): Promise<void> {
  expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
  const before = await thingsOf(d);

  const ran = await gh.repair(d, ["--no-input"]);

  expect(ran, ran.stderr).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).not.toMatch(/Repaired|Healthy/);
  expect(await thingsOf(d)).toEqual(before);
  await expectNoSecretAnywhere(gh, d);
}

/** Without the plans that each look leaves. */
async function thingsOf(d: Deployment): Promise<unknown> {
  return ((await everythingOf(d)) as readonly unknown[]).slice(0, 4);
}

/** The same container with the label that another Compose would have given it; its network, name and data stay. */
export async function withOtherHash(d: Deployment, service: Service): Promise<void> {
  const name = `${d.project}-${service}-1`;
  const network = `${d.project}_default`;
  const inspected = JSON.parse((await d.docker("inspect", name)).stdout)[0];
  const labels = { ...inspected.Config.Labels, "com.docker.compose.version": "2.20.0" };
  labels["com.docker.compose.config-hash"] = "0".repeat(64);
  const body = {
    ...inspected.Config,
    Labels: labels,
    HostConfig: inspected.HostConfig,
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name, service] } } },
  };
  await d.docker("rm", "-f", name);
  const socket = d.env["DOCKER_HOST"]?.replace("unix://", "") ?? "";
  const url = `http://localhost/containers/create?name=${name}`;
  const header = "Content-Type: application/json";
  const words = ["-sS", "--unix-socket", socket, "-H", header, "-d", JSON.stringify(body), url];
  const made = await d.exec("curl", words);
  expect(made.stdout).toContain('"Id"');
  expect(await d.docker("start", name)).toMatchObject({ exitCode: 0 });
}
