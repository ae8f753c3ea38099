import { describe, expect, it } from "vitest";
import type { LocalWritePorts } from "../../src/targets/local/tools/define-local-tool.ts";
import type { ComposeWriter } from "../../src/targets/local/ports/compose.ts";
import type { DockerWriter } from "../../src/targets/local/ports/docker.ts";
import type { FileWriter } from "../../src/ports/files.ts";
import type { SavedSecretsWriter } from "../../src/ports/saved-secrets.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { anyRun, holdsFor, patient } from "./plan-and-run.ts";

describe("law 3: no tool removes a volume or changes an encryption secret", () => {
  it("whatever is broken, planned, answered and goes wrong", patient, async () => {
    await holdsFor(anyRun, ({ world, before }) => {
      const { volumes, files } = JSON.parse(before) as {
        volumes: readonly (readonly [string, string])[];
        files: readonly (readonly [string, { text: string }])[];
      };
      const secret = /^ENCRYPTION_SECRET=.*$/m;
      const env = files.find(([path]) => path === ".env")?.[1].text ?? "";

      for (const [name, data] of volumes) expect(world.engine.volumes.get(name)).toBe(data);
      expect(secret.exec(world.text(".env") ?? "")?.[0]).toBe(secret.exec(env)?.[0]);
      expect(secret.exec(env)?.[0]).toContain(worlds.secret);
    });
  });

  it("because no port has a call for it: a new one does not compile before it is looked at here", () => {
    const docker: Readonly<Record<keyof DockerWriter, string>> = {
      removeContainer: "never forced, volumes kept",
      startContainer: "as it is",
      connectNetwork: "keeps the container and all that it has",
      disconnectNetwork: "only what was connected before",
    };
    const compose: Readonly<Record<keyof ComposeWriter, string>> = {
      pull: "brings what a service is made from, and touches no container and no volume",
      createMissing: "makes what is missing, recreates nothing",
      recreate: "the named containers only; named volumes stay with their data, anonymous ones are kept",
    };
    const files: Readonly<Record<keyof FileWriter, string>> = {
      replace: "only when it still holds the text that was read",
      remove: "only when it still holds the text that was read",
    };
    const savedSecrets: Readonly<Record<keyof SavedSecretsWriter, string>> = {
      save: "a new file; none that is there is changed or removed",
    };
    const ports: Readonly<Record<keyof LocalWritePorts, object>> = { docker, compose, files, savedSecrets };

    expect(Object.keys(ports)).toHaveLength(4);
    expect(Object.keys({ ...docker, ...compose, ...files, ...savedSecrets }).join(" ")).not.toMatch(
      /volume|image|prune|down|database/i,
    );
  });

  it.each(["", undefined])("and none makes a secret where there is none: %j", async (value) => {
    const world = worlds.stoppedWorld();
    const line = value === undefined ? "" : `ENCRYPTION_SECRET=${value}\n`;
    world.put(".env", worlds.envText.replace(/^ENCRYPTION_SECRET=.*\n/m, line));
    const before = world.snapshot();

    const { plan } = await planFor(world);

    expect(plan.outcome).toBe("escalate");
    expect(plan.steps).toEqual([]);
    expect(plan.nextSteps.join(" ")).toContain("do not make a new secret");
    await expect(run(world, plan)).rejects.toMatchObject({ code: "bad_plan" });
    expect(world.snapshot()).toBe(before);
  });
});
