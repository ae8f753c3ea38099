import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDeployment, type Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { expectGivenUp, untilItLoops } from "./broken-database.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { classesIn, looksAt } from "./looks.ts";
import { preciousOf } from "./seeded-deployment.ts";

const gh = useGhDevlake();

async function withDisk(d: Deployment, size: string): Promise<void> {
  const file = join(d.dir, "docker-compose.yml");
  const text = await readFile(file, "utf8");
  const disk = `  mysql-storage:\n    driver_opts: { type: tmpfs, device: tmpfs, o: size=${size} }\n`;
  await writeFile(file, text.replace(/ {2}mysql-storage:\n(?= {2}grafana)/, disk));
}

/** What lies on that disk stays only while some container has it mounted, whether the database runs or not. */
async function keeper(d: Deployment): Promise<(script: string) => Promise<string>> {
  await d.compose("create", "mysql");
  const volume = `${d.project}_mysql-storage:/d`;
  const words = [
    "-d",
    "--init",
    "--name",
    "keeper",
    "-v",
    volume,
    "--entrypoint",
    "sleep",
    "mysql:8",
    "infinity",
  ];
  const started = await d.docker("run", ...words);
  expect(started, started.stderr).toMatchObject({ exitCode: 0 });
  return async (script) => (await d.docker("exec", "keeper", "sh", "-c", script)).stderr;
}

const row = "(repeat('x', 2000))";

test("a disk that is full: reading works, writing does not, and that is no health", async () => {
  await using d = await createDeployment();
  await withDisk(d, "320m");
  const onDisk = await keeper(d);
  await d.up();
  await d.waitReady(180_000);
  await d.seed();
  const precious = await preciousOf(d);
  await d.sql(`CREATE TABLE more (x varchar(2000)) CHARACTER SET latin1; INSERT INTO more VALUES ${row}`);
  expect(await onDisk("cat /dev/zero >/d/filler")).toContain("No space left on device");
  const rows = Array.from({ length: 12 }, () => row).join();
  await expect(d.sql(`INSERT INTO more VALUES ${rows}`)).rejects.toThrow("ERROR 1114 (HY000)");

  await expectGivenUp(gh(), d, "disk_full");

  expect(await d.get("devlake", "/health")).toMatchObject({ status: 200 });
  expect(await preciousOf(d)).toEqual(precious);
  // It comes up again, and has written nothing since.
  await d.compose("restart", "-t", "5", "mysql");
  await waitUntil("it comes up", async () => (await d.get("devlake", "/health")).status === 200);
  expect(classesIn(await looksAt(gh(), d, 1, { exitCode: 3 }))).toEqual(["disk_full"]);
  await onDisk("rm /d/filler");
  await d.sql(`INSERT INTO more VALUES ${rows}; DROP TABLE more`);
  expect(await preciousOf(d)).toEqual(precious);
});

test("a disk that is too small for the first start: it loops, and nothing waits for it", async () => {
  await using d = await createDeployment();
  await withDisk(d, "8m");
  await d.up();
  await untilItLoops(d, "mysql");

  await expectGivenUp(gh(), d, "disk_full");
});
