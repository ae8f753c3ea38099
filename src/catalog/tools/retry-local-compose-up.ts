import { z } from "zod";
import { cannotRecreate, servicesToRecreate } from "../../core/compose-version.ts";
import { readFact, type Facts } from "../../core/fact.ts";
import { previewedChecks, withHealth, withRunning } from "../../core/healthy-facts.ts";
import {
  backendSecret,
  composeCommand,
  composeProject,
  composeStatus,
  containerNetworkMissing,
  containerState,
  engineStatus,
  portHolder,
  serviceModel,
  services,
  takenFromShell,
} from "../../core/local-facts.ts";
import { servicesToRun } from "../../core/needed-services.ts";
import { whatAStartWouldLose } from "../../core/what-a-start-loses.ts";
import { awaitHealth, unmetHealth } from "../await-health.ts";
import { providerProblems } from "../provider-problems.ts";
import { cutOffBy, cutOffProblem } from "../cut-off-after-start.ts";
import { composeRunOptions, executionOf } from "../compose-run.ts";
import { defineTool, type UnmetPrecondition } from "../define-tool.ts";

/** `compose up -d`, then waits for health. */
export const retryLocalComposeUp = defineTool({
  name: "retry_local_compose_up",
  version: 1,
  summary: "runs `compose up -d` and waits until DevLake is healthy; volumes are never touched",
  effect: "safe",
  reversible: "not-needed",
  downtimeSeconds: 20,
  retry: { attempts: 3, timeoutMs: 300_000 },
  args: z.strictObject({}),
  reads: (_args, facts) => [
    engineStatus(),
    composeStatus(),
    // Which Compose it is matters only where an old one cannot do it.
    ...(cannotRecreate(facts) ? [composeCommand()] : []),
    composeProject(),
    services(),
    backendSecret(),
    ...allServices(facts).map((service) => serviceModel(service)),
    ...wantedPorts(facts).map(({ port }) => portHolder(port)),
    ...(facts.has(takenFromShell().id) ? [takenFromShell()] : []),
  ],
  check: (_args, facts) => [
    ...mustBe(engineStatus().id, readFact(facts, engineStatus()) === "reachable", "the engine must answer"),
    ...mustBe(
      composeStatus().id,
      readFact(facts, composeStatus())?.status === "valid",
      "the Compose files must be valid",
    ),
    ...mustBe(
      backendSecret().id,
      (readFact(facts, backendSecret()) ?? "set") === "set",
      "the backend must have an ENCRYPTION_SECRET",
    ),
    ...wantedPorts(facts).flatMap(({ port, service }) => portProblem(facts, port, service)),
    ...allServices(facts).flatMap((service) => containerProblem(facts, service)),
    ...composeProblem(facts),
    ...providerProblems(facts),
    ...whatAStartWouldLose(facts).map(({ fact, message }) => ({ fact, message: `compose up ${message}` })),
  ],
  simulate: (_args, facts) => {
    const started = allServices(facts);
    return withHealth(withRunning(facts, started, "up"), { how: "up", started });
  },
  preview: (_args, facts) => {
    const lines = allServices(facts).map((service) => {
      const ports = (readFact(facts, serviceModel(service))?.ports ?? []).map(({ published }) => published);
      const state = steadyState(facts, service);
      return `  ${service}: ${state} -> running${ports.length > 0 ? ` on port ${ports.join(", ")}` : ""}`;
    });
    return ["compose up -d", ...lines, `then wait for: ${previewedChecks(facts).join(", ")}`, ""].join("\n");
  },
  execute: async (_args, facts, write, context) => {
    const deadline = context.clock.monotonicMs() + context.timeoutMs;
    const up = await write.compose.up(composeRunOptions(context));
    const deaf = await cutOffBy(context, allServices(facts), write);
    if (up.kind !== "ok") return executionOf(up, "", context);
    return deaf ?? awaitHealth(context, deadline);
  },
  verify: (_args, facts) => [
    ...servicesToRun(facts).flatMap((service) =>
      mustBe(
        containerState(service).id,
        readFact(facts, containerState(service)) === "running",
        `${service} must run`,
      ),
    ),
    ...allServices(facts).flatMap((service) => cutOffProblem(facts, service)),
    ...unmetHealth(facts),
  ],
});

function allServices(facts: Facts): readonly string[] {
  return readFact(facts, services()) ?? [];
}

function wantedPorts(facts: Facts): readonly { readonly port: number; readonly service: string }[] {
  return allServices(facts).flatMap((service) =>
    (readFact(facts, serviceModel(service))?.ports ?? [])
      .filter(({ protocol }) => protocol === "tcp")
      .map(({ published }) => ({ port: published, service })),
  );
}

function mustBe(fact: string, holds: boolean, message: string): readonly UnmetPrecondition[] {
  return holds ? [] : [{ fact, message }];
}

function portProblem(facts: Facts, port: number, service: string): readonly UnmetPrecondition[] {
  const holder = readFact(facts, portHolder(port));
  // An engine on another host does not show who holds a port: compose itself will find out.
  if (holder === undefined || holder.kind === "free" || holder.kind === "unknown") return [];
  if (holder.kind === "own") {
    // A container of another service gives the port free when compose makes it anew; one that compose
    // does not know keeps it.
    return allServices(facts).includes(holder.service)
      ? []
      : [
          {
            fact: portHolder(port).id,
            message: `port ${port} of ${service} is held by a container of this project whose service "${holder.service}" is not in the Compose files`,
          },
        ];
  }
  const name = holder.name === undefined ? `a ${holder.kind}` : `${holder.kind} "${holder.name}"`;
  return [{ fact: portHolder(port).id, message: `port ${port} of ${service} is held by ${name}` }];
}

/** A container in a restart loop is seen now running, now restarting: for the plan that is the same. */
function steadyState(facts: Facts, service: string): string {
  const state = readFact(facts, containerState(service)) ?? "absent";
  return state === "restarting" ? "running" : state;
}

function composeProblem(facts: Facts): readonly UnmetPrecondition[] {
  const changed = cannotRecreate(facts) ? servicesToRecreate(facts) : [];
  if (changed.length === 0) return [];
  const message = `this docker-compose cannot make the containers of ${changed.join(", ")} anew on this engine`;
  return [{ fact: composeCommand().id, message }];
}

function containerProblem(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const state = readFact(facts, containerState(service));
  if (state === "dead" || state === "removing") {
    return [{ fact: containerState(service).id, message: `the container of ${service} is ${state}` }];
  }
  if (state !== "running" && readFact(facts, containerNetworkMissing(service)) === true) {
    return [
      {
        fact: containerNetworkMissing(service).id,
        message: `the container of ${service} refers to a network that is gone`,
      },
    ];
  }
  return cutOffProblem(facts, service);
}
