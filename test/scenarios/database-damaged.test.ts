import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDeployment, type Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { changeFiles, expectAsBefore, expectGivenUp, untilItLoops } from "./broken-database.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

async function editCompose(d: Deployment, change: (text: string) => string): Promise<void> {
  const file = join(d.dir, "docker-compose.yml");
  await writeFile(file, change(await readFile(file, "utf8")));
}

test(
  "files that are damaged or not complete: no start of others is a repair, and their loss is never advised",
  { timeout: 600_000 },
  async () => {
    await using d = await seededDeployment();
    const precious = await preciousOf(d);
    await d.compose("stop", "-t", "5", "mysql");
    await changeFiles(d, "cp -a /d/ibdata1 /d/ibdata1.kept && truncate -s 1M /d/ibdata1");
    await d.compose("start", "mysql");
    await untilItLoops(d, "mysql");

    const truncated = await expectGivenUp(gh(), d, "db_corrupted");

    expect(truncated[0]?.ran.stdout).not.toMatch(/down -v|volume rm|rm -r/);
    expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
    await d.compose("stop", "-t", "1", "mysql");
    await changeFiles(d, "mv /d/ibdata1.kept /d/ibdata1 && mkdir /d/kept && mv /d/mysql /d/kept/");
    await d.compose("start", "mysql");
    await untilItLoops(d, "mysql");

    const halfMade = await expectGivenUp(gh(), d, "db_corrupted");

    expect(halfMade[0]?.ran.stdout).not.toMatch(/down -v|volume rm|rm -r/);
    await d.compose("stop", "-t", "1", "mysql");
    await changeFiles(d, "mv /d/kept/mysql /d/mysql && rmdir /d/kept");
    await d.compose("start", "mysql");
    await expectAsBefore(gh(), d, precious);
  },
);

test("files of another owner: the image takes them over when it may, and says so when it may not", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await editCompose(d, (text) => text.replace("image: mysql:8\n", '$&    user: "1000:1000"\n'));
  await d.compose("stop", "-t", "5", "mysql");
  await d.up("--no-deps", "mysql");
  await untilItLoops(d, "mysql");

  const planned = await expectGivenUp(gh(), d, "volume_mount_denied");

  expect(planned[0]?.ran.stdout).toContain("give the volume back to the user");
  await d.compose("stop", "-t", "1", "mysql");
  expect((await planOnly(gh(), d, { exitCode: 3 })).plan.findings[0]?.class).toBe("volume_mount_denied");
  await editCompose(d, (text) => text.replace('    user: "1000:1000"\n', ""));
  await changeFiles(d, "chown -R 1000:1000 /d");
  await d.up("--no-deps", "mysql");
  await expectAsBefore(gh(), d, precious);
});

test("a first start that did not come to its end: told what is missing, and nothing waits for it", async () => {
  await using d = await createDeployment();
  await editCompose(d, (text) => text.replace("      MYSQL_ROOT_PASSWORD: admin\n", ""));
  await d.up();
  await untilItLoops(d, "mysql");

  const withoutPassword = await expectGivenUp(gh(), d, "service_unhealthy");

  expect(withoutPassword[0]?.plan.findings[0]?.summary).toContain("no MYSQL_ROOT_PASSWORD is set");
  // By now Docker waits long between two starts of the backend.
  await d.compose("stop", "-t", "1", "devlake");
  await editCompose(d, (text) => text.replace("    environment:\n", "$&      MYSQL_ROOT_PASSWORD: admin\n"));
  await d.up("--no-deps", "mysql");
  await waitUntil("the database serves", async () => (await d.logs("mysql")).includes("port: 3306 "));
  // What a server has whose first start ended before the image made its users and its database.
  await d.sql("DROP DATABASE lake; DROP USER 'merico'@'%', 'root'@'%'; FLUSH PRIVILEGES");
  await d.compose("start", "devlake");
  await untilItLoops(d, "devlake");

  const nobody = await expectGivenUp(gh(), d, "db_access_denied");

  expect(nobody[0]?.plan.findings[0]?.summary).toContain("perhaps its first start was cut off");
});

test("another server on its files: it runs, waits for ever, and nothing waits with it", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "5", "mysql");
  const volume = `${d.project}_mysql-storage:/var/lib/mysql`;
  await d.docker("run", "-d", "--name", "other", "-v", volume, "mysql:8", "--skip-log-bin");
  await waitUntil("the other serves", async () =>
    (await d.docker("logs", "other")).stderr.includes("port: 3306 "),
  );
  await d.compose("start", "mysql");
  await waitUntil("it waits", async () => (await d.logs("mysql")).includes("Unable to lock ./ibdata1"));
  await d.compose("restart", "-t", "1", "devlake");
  await untilItLoops(d, "devlake");

  const planned = await expectGivenUp(gh(), d, "other_instance");

  expect(planned[0]?.plan.findings[0]?.summary).toContain("mysql is running, but does not come up");
  await d.docker("rm", "-f", "other");
  await expectAsBefore(gh(), d, precious);
});
