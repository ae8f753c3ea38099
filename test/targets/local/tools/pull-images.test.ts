import { expect, it } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import type { StepContext } from "../../../../src/targets/define-tool.ts";
import { FactsDraft } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { backups } from "../../../fakes/fake-run.ts";
import { answers } from "../../../fakes/faults.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

const { pull_images, pull_fixed_images } = catalog;
const missing = { wanted: "mysql:8", present: false, isDigest: false };
const facts = new FactsDraft(recorded("healthy").facts)
  .set(local.serviceImage("mysql"), { ...missing, running: "mysql:8", runningVersion: "8.0.39" })
  .set(local.serviceImage("grafana"), {
    ...missing,
    wanted: `grafana@sha256:${"a".repeat(64)}`,
    isDigest: true,
  })
  .set(local.serviceImage("config-ui"), { ...missing, wanted: "ui:latest" })
  .set(local.serviceImage("devlake"), { ...missing, present: true })
  .facts();

it("is safe for a digest and for what keeps no data, and asks for a tag under data", () => {
  expect(pull_fixed_images.check({ services: ["grafana", "config-ui"] }, facts)).toEqual([]);
  expect(pull_fixed_images.check({ services: ["mysql"] }, facts)).toMatchObject([
    { message: expect.stringContaining("what comes may be another version") },
  ]);
  expect(pull_images.check({ services: ["mysql"] }, facts)).toEqual([]);
  expect([pull_images.effect, pull_fixed_images.effect]).toEqual(["mutating", "safe"]);
});

it("leaves alone what is there, what is built here, and what it knows nothing of", () => {
  const built = new FactsDraft(facts)
    .set(local.serviceModel("mysql"), {
      image: "x",
      ports: [],
      dependsOn: [],
      volumes: [],
      buildsImage: true,
    })
    .facts();

  expect(pull_images.check({ services: ["devlake"] }, facts)).toHaveLength(1);
  expect(pull_images.check({ services: ["mysql"] }, built)).toHaveLength(1);
  expect(pull_images.check({ services: ["nobody"] }, facts)).toHaveLength(1);
});

it("shows whether another version may come", () => {
  expect(pull_images.preview({ services: ["mysql", "grafana"] }, facts)).toBe(
    [
      "compose pull mysql grafana",
      "  mysql: mysql:8 (a tag: whatever image has it now, its container was made from 8.0.39, and it keeps data that a newer version may change for good)",
      `  grafana: grafana@sha256:${"a".repeat(64)} (a digest: always this image)`,
      "no container is created, changed or restarted",
      "",
    ].join("\n"),
  );
});

it.each([
  [
    "toomanyrequests: retry-after: 30s, allowed: 44000/minute",
    /^the registry's pull rate limit is reached, which asks to wait 30 s/,
    false,
  ],
  [
    "dial tcp: lookup registry-1.docker.io: no such host",
    /^the name of the registry could not be looked up/,
    true,
  ],
  ["something new", /^something new/, false],
])("says the cause first: %s", async (stderr, message, transient) => {
  const world = worlds.freshWorld();
  world.faults.add(
    answers("compose.pull", { kind: "failed", exitCode: 1, stderr: `x Pulling\n${stderr}\n` }, "none"),
  );
  const eyes = world.eyes();
  const { redact } = await eyes.inspect();
  const context: StepContext = {
    directory: world.directory,
    target: { kind: "local", directory: ".", project: world.project, identity: { volumes: [] } },
    signal: new AbortController().signal,
    timeoutMs: 1_000,
    clock: world.clock,
    onLine: () => undefined,
    redact,
    probe: eyes.probe,
    ...backups(world),
  };

  const ended = await pull_images.execute({ services: ["mysql"] }, facts, world.writePorts(), context);

  expect(ended).toMatchObject({ kind: "failed", transient, message: expect.stringMatching(message) });
});
