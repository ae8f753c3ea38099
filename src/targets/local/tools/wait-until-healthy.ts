import { z } from "zod";
import { readFact } from "../../../core/fact.ts";
import { previewedChecks, withHealth } from "../health/healthy-facts.ts";
import { composeProject, containerState, services } from "../facts/local-facts.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { awaitHealth, unmetHealth } from "./await-health.ts";
import { defineLocalTool } from "./define-local-tool.ts";

/** Watches until the deployment is healthy; changes nothing. */
export const waitUntilHealthy = defineLocalTool({
  name: "wait_until_healthy",
  version: 1,
  summary: "waits, for a bounded time, until every health check passes",
  effect: "safe",
  reversible: "not-needed",
  downtimeSeconds: 10,
  retry: { attempts: 1, timeoutMs: 120_000 },
  args: z.strictObject({}),
  reads: () => [composeProject(), services()],
  check: (_args, facts) => {
    if (readFact(facts, services()) === undefined)
      return [{ fact: services().id, message: "the Compose model is not known" }];
    return servicesToRun(facts).flatMap((service) => {
      const state = readFact(facts, containerState(service));
      return state === "running" || state === "restarting"
        ? []
        : [{ fact: containerState(service).id, message: `${service} is ${state ?? "unknown"}; it must run` }];
    });
  },
  simulate: (_args, facts) => withHealth(facts, { how: "wait", started: [] }),
  preview: (_args, facts) => `wait for: ${previewedChecks(facts).join(", ")}\n`,
  execute: (_args, _facts, _write, context) =>
    awaitHealth(context, context.clock.monotonicMs() + context.timeoutMs),
  verify: (_args, facts) => unmetHealth(facts),
});
