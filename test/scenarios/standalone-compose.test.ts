import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { mustRun } from "../stack/run-command.ts";
import { type GhDevlake, useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

/** A machine whose docker has no Compose plugin, but which has `docker-compose` on PATH. */
async function withoutPlugin(): Promise<GhDevlake> {
  const format = '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}';
  const plugin = await mustRun("docker", ["info", "--format", format]);
  const bin = join(gh().home, "bin");
  await mkdir(bin);
  await copyFile(plugin, join(bin, "docker-compose"));
  const hide = 'mount -t tmpfs none "$1" && shift && exec "$@"';
  const env = { ...gh().env, PATH: `${bin}:${gh().env["PATH"] ?? ""}` };
  return {
    ...gh(),
    repair: async (d, args) => {
      const command = ["sh", "-c", hide, "sh", dirname(plugin), ...gh().command, ...args];
      return d.exec("unshare", ["--mount", ...command], { env });
    },
  };
}

test("docker-compose on its own, without the plugin of docker", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  const alone = await withoutPlugin();
  await d.compose("stop", "-t", "1");
  await d.holdPort(3306);

  const inspected = await alone.repair(d, ["inspect"]);
  const planned = await planOnly(alone, d);

  expect(JSON.parse(inspected.stdout).facts["local.compose.command"].value).toMatchObject({
    flavour: "standalone",
  });
  expect(planned.plan.steps.map(({ tool }) => tool)).toEqual([
    "rewrite_local_ports_to_alt_bundle",
    "recreate_services",
    "start_stopped_services",
  ]);
  await applyAndCheck(alone, d, planned, precious, {
    approve: ["--approve", "s1,s2"],
    changes: { "docker-compose.yml": ["-- 3306:3306", "+- 3307:3306"] },
    urls: {
      devlake: "http://localhost:8080",
      grafana: "http://localhost:3002",
      "config-ui": "http://localhost:4000",
    },
  });
});
