import { z } from "zod";
import { cannotRecreate } from "../facts/compose-version.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import {
  composeCommand,
  containerName,
  containerState,
  serviceSharesNetworkOf,
} from "../facts/local-facts.ts";
import { inStartOrder } from "../facts/waits.ts";
import { afterCreation, bringUp, creationShortfall, linesBelow } from "./creation/bring-up.ts";
import { creationProblems } from "./creation/creation-problems.ts";
import { creationReads, filesReads, sharers } from "./creation/creation-reads.ts";
import { lossProblems, lossReads } from "./creation/loss-problems.ts";
import { lineOfEachChange } from "./creation/setting-lines.ts";
import { type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool } from "./define-local-tool.ts";

/** Replaces the containers of named services by new ones from the files; what only the old ones held is gone. */
export const recreateServices = defineLocalTool({
  name: "recreate_services",
  version: 1,
  summary: "recreates the containers of named services from the Compose files; volumes are kept",
  effect: "mutating",
  reversible: "none",
  bringsUp: true,
  downtimeSeconds: 20,
  retry: { attempts: 2, timeoutMs: 300_000 },
  args: z.strictObject({
    services: z.array(z.string()).min(1).describe("services whose containers are replaced by new ones"),
  }),
  reads: ({ services }, facts) => [
    ...creationReads({ how: "recreate", services }, facts),
    ...lossReads(facts, services),
  ],
  check: ({ services }, facts) => problems(facts, services),
  // A container that is new already is replaced once more.
  again: {
    reads: ({ services }) => filesReads({ how: "recreate", services }),
    check: ({ services }, facts) => problems(facts, services),
  },
  simulate: ({ services }, facts) => afterCreation(facts, services),
  preview: ({ services }, facts) =>
    [
      ...inStartOrder(facts, services).flatMap((service) => [
        `recreate ${service} (container ${readFact(facts, containerName(service)) ?? "?"})`,
        ...lineOfEachChange(facts, service).map((line) => `  ${line}`),
      ]),
      ...linesBelow(facts, { how: "recreate", services }),
      "",
    ].join("\n"),
  execute: ({ services }, facts, write, context) =>
    bringUp({ how: "recreate", services }, facts, write, context),
  verify: ({ services }, facts) => creationShortfall(facts, services),
});

function problems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return [
    ...creationProblems({ how: "recreate", services }, facts),
    ...services.flatMap((service) => containerProblems(facts, service)),
    ...versionProblems(facts, services),
    ...sharers(facts, services)
      .filter((service) => !services.includes(service))
      .map((service) => ({
        fact: serviceSharesNetworkOf(service).id,
        message: `${service} uses the network of ${readFact(facts, serviceSharesNetworkOf(service)) ?? "it"} and would lose it: recreate it too`,
      })),
    ...lossProblems(facts, services),
  ];
}

/** A paused one makes the call fail half-way; a dead one keeps its name. */
function containerProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service)) ?? "unknown";
  if (["running", "restarting", "created", "exited"].includes(state)) return [];
  const message =
    state === "absent" ? `${service} has no container` : `the container of ${service} is ${state}`;
  return [{ fact: containerState(service).id, message }];
}

function versionProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  if (!cannotRecreate(facts)) return [];
  const message = `this docker-compose cannot recreate the containers of ${services.join(", ")} on this engine`;
  return [{ fact: composeCommand().id, message }];
}
