import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;

/** Of all that a shell or an env file would take for something else. */
const onlyHere = `It's "$HOME" \\ #Zq9!{x}`;

async function edit(d: Deployment, file: string, change: (text: string) => string): Promise<void> {
  const path = join(d.dir, file);
  await writeFile(path, change(await readFile(path, "utf8")));
}

/** They can only be made again then. */
async function pruneNetwork(d: Deployment): Promise<void> {
  await d.compose("stop", "-t", "1");
  await d.docker("network", "prune", "-f");
}

test("the last copy of a secret is saved before its container is removed, and nothing else has its value", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  const files = ["docker-compose.yml", "docker-compose.override.yml"] as const;
  await writeFile(
    join(d.dir, files[1]),
    `services:\n  grafana:\n    environment:\n      SESSION_SECRET: ${JSON.stringify(onlyHere.replaceAll("$", "$$$$"))}\n`,
  );
  expect(await d.compose("up", "-d", "grafana")).toMatchObject({ exitCode: 0 });
  await edit(d, files[1], () => "services: {}\n");
  await pruneNetwork(d);

  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.slice(0, 2).map(({ tool, effect }) => [tool, effect])).toEqual([
    ["save_container_secrets", "mutating"],
    ["recreate_services", "mutating"],
  ]);
  const { ran, result } = await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1,s2"],
    changes: {},
    urls: usual,
  });

  const reason = result.steps[0]?.reason ?? "";
  const shown = /to (\S+\.env)$/.exec(reason)?.[1] ?? "no path was named";
  // Told in lines of a terminal's width.
  expect(ran.stdout.replaceAll(/\s+/g, "")).toContain(shown);
  const path = gh().inHome(shown);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
  // Compose itself reads it back.
  const check = {
    dir: join(gh().home, "read-back"),
    text: "services:\n  a:\n    image: x\n    env_file: saved.env\n",
  };
  await d.exec("mkdir", ["-p", check.dir]);
  await writeFile(join(check.dir, "compose.yaml"), check.text);
  await writeFile(join(check.dir, "saved.env"), await readFile(path));
  const read = await d.exec("docker", ["compose", "-p", "x", "config", "--format", "json"], {
    cwd: check.dir,
  });
  const environment = JSON.parse(read.stdout).services.a.environment;
  expect(environment).toEqual({ SESSION_SECRET: onlyHere.replaceAll("$", "$$$$") });
  // Nowhere else.
  const own = await readdir(join(d.dir, "plans"));
  const texts = await Promise.all(own.map((name) => readFile(join(d.dir, "plans", name), "utf8")));
  const journal = await readFile(gh().inHome(result.journal.path), "utf8");
  for (const text of [...gh().said, ...texts, journal]) {
    expect(text).not.toContain("Zq9!");
    expect(text).not.toContain(Buffer.from(onlyHere).toString("base64"));
  }
});

test("a database in a volume without a name is left alone, and the plan's commands keep its data", async () => {
  await using d = await seededDeployment();
  await d.compose("down", "-t", "1");
  await edit(d, "docker-compose.yml", (text) =>
    text.replace("mysql-storage:/var/lib/mysql", "/var/lib/mysql"),
  );
  await d.up();
  await d.waitReady();
  await pruneNetwork(d);
  const before = await d.docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.State}}");

  const { plan } = await planOnly(gh(), d, { exitCode: 3 });

  expect(plan.findings).toContainEqual(
    expect.objectContaining({ class: "unnamed_data", severity: "degraded" }),
  );
  expect(plan.steps).toEqual([]);
  expect(await d.docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.State}}")).toEqual(before);
  const commands = plan.nextSteps
    .filter((step) => /^(?:keep the data of mysql|copy the data)/.test(step))
    .flatMap((step) => [...step.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command));
  expect(commands).toHaveLength(5);
  for (const command of commands) {
    expect([command, await d.exec("sh", ["-c", command])]).toMatchObject([command, { exitCode: 0 }]);
  }
  const listed = (
    await d.exec("sh", ["-c", `docker run --rm --entrypoint ls -v ${d.project}_mysql-data:/x mysql:8 -ln /x`])
  ).stdout;
  const original = (
    await d.exec("sh", [
      "-c",
      `docker run --rm --entrypoint ls --volumes-from ${d.project}-mysql-1 mysql:8 -ln /var/lib/mysql`,
    ])
  ).stdout;
  expect(listed).toMatch(/ibdata1/);
  expect(withoutTotal(listed)).toBe(withoutTotal(original));
  await d.docker("volume", "rm", `${d.project}_mysql-data`);
});

/** How much room files take is not what is in them: InnoDB's have holes. */
function withoutTotal(listing: string): string {
  return listing.replace(/^total \d+\n/, "");
}
