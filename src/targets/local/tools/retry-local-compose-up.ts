import { z } from "zod";
import { readFact, type Facts } from "../../../core/fact.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import { containerChanges, containerState } from "../facts/local-facts.ts";
import { inStartOrder } from "../facts/waits.ts";
import { afterCreation, bringUp, creationShortfall, linesBelow } from "./creation/bring-up.ts";
import { creationProblems } from "./creation/creation-problems.ts";
import { creationReads, filesReads } from "./creation/creation-reads.ts";
import { lineOfEachSetting } from "./creation/setting-lines.ts";
import { type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool } from "./define-local-tool.ts";

/** Creates the missing containers of named services and starts them, in the order in which they wait for each other. */
export const retryLocalComposeUp = defineLocalTool({
  name: "retry_local_compose_up",
  version: 2,
  summary: "creates the missing containers of named services and starts them; recreates and removes nothing",
  effect: "mutating",
  reversible: "not-needed",
  bringsUp: true,
  downtimeSeconds: 20,
  retry: { attempts: 3, timeoutMs: 300_000 },
  args: z.strictObject({
    services: z.array(z.string()).min(1).describe("services that have no container"),
  }),
  reads: ({ services }, facts) => creationReads({ how: "create", services }, facts),
  check: ({ services }, facts) => [
    ...creationProblems({ how: "create", services }, facts),
    ...services.flatMap((service) => {
      const state = readFact(facts, containerState(service));
      if (state === "absent") return [];
      const message =
        state === undefined
          ? `whether ${service} has a container is not known`
          : `${service} has a container already (${state})`;
      return [{ fact: containerState(service).id, message }];
    }),
  ],
  again: {
    reads: ({ services }) => filesReads({ how: "create", services }),
    check: ({ services }, facts) => [
      ...creationProblems({ how: "create", services }, facts),
      ...services.flatMap((service) => notAsMade(facts, service)),
    ],
  },
  simulate: ({ services }, facts) => afterCreation(facts, services),
  preview: ({ services }, facts) =>
    [
      ...inStartOrder(facts, services).flatMap((service) => [
        `create and start ${service}`,
        ...lineOfEachSetting(facts, service).map((line) => `  ${line}`),
      ]),
      ...linesBelow(facts, { how: "create", services }),
      "",
    ].join("\n"),
  execute: ({ services }, facts, write, context) =>
    bringUp({ how: "create", services }, facts, write, context),
  verify: ({ services }, facts) => creationShortfall(facts, services),
});

/** What another attempt meets is either not there yet or as the first one has made it. */
function notAsMade(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service)) ?? "absent";
  if (state === "absent") return [];
  const isUsable = ["running", "restarting", "created", "exited"].includes(state);
  const isAsFiles = (readFact(facts, containerChanges(service)) ?? []).length === 0;
  if (isUsable && isAsFiles && !hasOldPorts(facts, service)) return [];
  const message = isUsable
    ? `the container of ${service} is not as the Compose files want it`
    : `the container of ${service} is ${state}`;
  return [{ fact: containerState(service).id, message }];
}
