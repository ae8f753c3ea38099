import { expect, test } from "vitest";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { expectHealthy, expectLeftToAPerson } from "./left-to-a-person.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("a second backend on one database is told all through the ten seconds that each try lives", async () => {
  await using d = await seededDeployment();
  await d.compose("stop", "-t", "1", "devlake");
  const other = await d.compose("run", "-d", "--name", "elsewhere", "devlake");
  expect(other, other.stderr).toMatchObject({ exitCode: 0 });
  await waitUntil("the other one has the database", async () =>
    (await d.docker("logs", "elsewhere")).stdout.includes("blueprints were scheduled"),
  );
  await d.compose("start", "devlake");
  await waitUntil("ours has given up once", async () =>
    (await d.logs("devlake")).includes("locking _devlake_locking_stub timeout"),
  );

  // A look takes half a second or more: together they are longer than one life.
  await expectLeftToAPerson(gh(), d, {
    looks: 20,
    class: "other_instance",
    words: /^devlake stops again and again: another DevLake works on the same database$/,
  });
  expect((await d.docker("inspect", "--format", "{{.State.Running}}", "elsewhere")).stdout).toBe("true");

  await d.docker("rm", "-f", "elsewhere");
  // Its nginx remembers for minutes which address the backend had.
  await d.compose("restart", "-t", "1", "config-ui");
  await expectHealthy(gh(), d);
});
