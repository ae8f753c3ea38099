import { z } from "zod";
import { readFact } from "../../core/fact.ts";
import { containerState } from "../../core/local-facts.ts";
import { inStartOrder } from "../../core/waits.ts";
import { afterCreation, bringUp, creationShortfall, linesBelow } from "../creation/bring-up.ts";
import { creationProblems } from "../creation/creation-problems.ts";
import { creationReads } from "../creation/creation-reads.ts";
import { lineOfEachSetting } from "../creation/setting-lines.ts";
import { defineTool } from "../define-tool.ts";

/** Creates the missing containers of named services and starts them, in the order in which they wait for each other. */
export const retryLocalComposeUp = defineTool({
  name: "retry_local_compose_up",
  version: 2,
  summary: "creates the missing containers of named services and starts them; recreates and removes nothing",
  effect: "mutating",
  reversible: "not-needed",
  downtimeSeconds: 20,
  retry: { attempts: 2, timeoutMs: 300_000 },
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
    bringUp({ how: "create", services }, facts, write.compose, context),
  verify: ({ services }, facts) => creationShortfall(facts, services),
});
