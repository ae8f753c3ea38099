import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bringUpSteps } from "../../../../src/targets/local/advice/bring-up-steps.ts";
import { classify } from "../../../../src/targets/local/classify.ts";
import { causePatterns } from "../../../../src/targets/local/causes/cause-patterns.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import type { ContainerState } from "../../../../src/targets/local/facts/fact-values.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { repositoryRoot } from "../../../committed-examples.ts";
import { recorded, recordedNames } from "../../../plan/recorded-facts.ts";
import { wellFacts, worthKnowing, writtenFacts } from "./written-facts.ts";

/** Recreates or removes what it does not name, unless what goes with it stands beside it. */
function isPlain(step: string): boolean {
  if (step.startsWith("do not run ")) return false;
  return [...step.matchAll(/docker(?: |-)compose (?:\S+ )*?(up|down|rm|start)\b[^`]*/g)].some(
    ([command, verb]) => {
      const isSafe = verb === "up" && / --no-recreate --no-deps \S/.test(command);
      const isTold =
        verb === "up" && / --no-deps (?:--force-recreate )?\S/.test(command) && /\bgone\b/.test(step);
      return !isSafe && !isTold;
    },
  );
}

const states: readonly ContainerState[] = ["absent", "created", "exited", "dead", "running"];

/** The same with each service in each state, with and without its network and its name. */
function variants(facts: Facts): readonly Facts[] {
  return states.flatMap((state) =>
    ["mysql", "devlake", "grafana"].flatMap((service) => {
      const draft = new FactsDraft(facts).set(local.containerState(service), state);
      const lost = new FactsDraft(draft.facts())
        .set(local.containerNetworkMissing(service), true)
        .remove(local.containerName(service));
      return [draft.facts(), lost.facts()];
    }),
  );
}

test("no advice is a command that recreates or removes more than stands beside it", () => {
  const all = [
    ...recordedNames.map((name) => recorded(name).facts),
    ...writtenFacts.map(({ facts }) => facts),
    ...worthKnowing,
  ];
  const steps = all.flatMap((facts) =>
    [facts, ...variants(facts)].flatMap((one) => classify(one).flatMap(({ nextSteps }) => nextSteps)),
  );
  const typed = steps.filter((step) => /docker compose up/.test(step) && !step.startsWith("do not"));

  expect(typed.filter((step) => step.includes("--no-recreate")).length).toBeGreaterThan(50);
  expect(typed.filter((step) => step.includes("--force-recreate")).length).toBeGreaterThan(50);
  expect([...new Set(steps.filter(isPlain))]).toEqual([]);
  expect(causePatterns.flatMap(({ nextSteps }) => nextSteps).filter(isPlain)).toEqual([]);
});

test("no text of the program holds one either", () => {
  const src = join(repositoryRoot, "src");
  const literals = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const code = readFileSync(join(src, file), "utf8")
        .replaceAll(/\/\*[\s\S]*?\*\//g, "")
        .replaceAll(/^\s*\/\/.*$/gm, "");
      // A command stands between (escaped) backticks in what people read.
      return [...code.matchAll(/\\?`(docker(?: |-)compose [^`\\\n]*)\\?`(.*)/g)].map(
        ([, command = "", rest = ""]) => `\`${command}\`${rest}`,
      );
    });

  expect(literals.length).toBeGreaterThan(5);
  // These are written with what is lost in front of them.
  const told = literals.filter((text) => !text.includes("--no-deps --force-recreate"));
  expect(told.filter(isPlain)).toEqual([]);
});

test.each([
  "finish it: `docker compose up -d`",
  "`docker compose up -d mysql`",
  "`docker compose -p lake up -d`",
  "`docker compose down`",
  "`docker compose rm -f devlake`",
  "`docker compose start`",
  "`docker compose up -d --force-recreate`",
  "`docker compose up -d --no-deps --force-recreate devlake`",
])("finds %s", (step) => {
  expect(isPlain(step)).toBe(true);
});

test("each service is brought up by what fits its container, which is named", () => {
  const facts = wellFacts()
    .set(local.containerState("mysql"), "exited")
    .set(local.containerName("mysql"), "lake-mysql-1")
    .set(local.containerState("grafana"), "absent")
    .set(local.containerState("devlake"), "exited")
    .set(local.containerNetworkMissing("devlake"), true)
    .set(local.containerOnlySecrets("devlake"), ["ENCRYPTION_SECRET"])
    .set(local.containerState("config-ui"), "dead")
    .set(local.containerName("config-ui"), "lake-ui 1")
    .facts();

  expect(bringUpSteps(facts, ["mysql", "grafana", "devlake", "config-ui"])).toEqual([
    'remove what can never start again, config-ui; volumes stay, but its environment and what it wrote outside of volumes are gone with the old container: `docker rm "lake-ui 1"`',
    "start what is stopped, as it is: `docker start lake-mysql-1`",
    "create and start what has no container, and nothing else: `docker compose up -d --no-recreate --no-deps grafana config-ui`",
    "recreate devlake; volumes stay, but its environment (it has the only copy of ENCRYPTION_SECRET) and what it wrote outside of volumes are gone with the old container: `docker compose up -d --no-deps --force-recreate devlake`",
  ]);
});

test("who would lose data is neither recreated nor removed", () => {
  const facts = wellFacts()
    .set(local.containerState("mysql"), "exited")
    .set(local.containerNetworkMissing("mysql"), true)
    .set(local.containerUnnamedData("mysql"), [{ path: "/var/lib/mysql", kind: "anonymous_volume" }])
    .set(local.containerState("grafana"), "dead")
    .set(local.containerUnnamedData("grafana"), [{ path: "/var/lib/grafana", kind: "container_layer" }])
    .set(local.containerState("devlake"), "absent")
    .facts();

  expect(bringUpSteps(facts, ["mysql", "grafana", "devlake"])).toEqual([
    "create and start what has no container, and nothing else: `docker compose up -d --no-recreate --no-deps devlake`",
  ]);
});

describe("what a recreation that was cut off has left", () => {
  const left = "0123456789ab_devlake-grafana-1";
  const withLeftover = (state: ContainerState, name = "devlake-grafana-1") =>
    wellFacts()
      .set(local.containerState("grafana"), state)
      .set(local.containerName("grafana"), name)
      .set(local.surplusContainers(), [
        { name: left, service: "grafana", state: "created", kind: "leftover" },
      ])
      .facts();

  test.each([
    [
      "devlake-grafana-1",
      `remove what a recreation of grafana that was cut off has left, it never ran: \`docker rm ${left}\``,
    ],
    [left, `finish the recreation of grafana that was cut off: \`docker rename ${left} devlake-grafana-1\``],
  ] as const)("is settled before anything else of that service, whose container is %s", (name, step) => {
    expect(bringUpSteps(withLeftover("exited", name), ["grafana"])).toEqual([step]);
  });

  test("is worth knowing while the service runs", () => {
    expect(classify(withLeftover("running"))).toContainEqual(
      expect.objectContaining({
        class: "partial_deployment",
        severity: "info",
        summary: `container ${left} is left of a recreation of grafana that was cut off; grafana runs in its old one`,
      }),
    );
  });
});
