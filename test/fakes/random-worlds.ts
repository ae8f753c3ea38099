import * as fc from "../seeded-fast-check.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { ContainerState } from "../../src/targets/local/facts/fact-values.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import type { ApprovalDecision } from "../../src/ports/approval.ts";
import * as worlds from "./broken-worlds.ts";
import { refusal, type FakeWorld } from "./fake-world.ts";
import {
  answers,
  endsHalfway,
  enospc,
  meanwhile,
  throwsAfter,
  throwsBefore,
  type Fault,
  type Operation,
} from "./faults.ts";

export const serviceNames = ["mysql", "grafana", "devlake", "config-ui"] as const;
const ports = [8080, 3002, 4000, 3306, 8085, 3004, 4004, 3307, 8086] as const;

/** What is wrong with a deployment; makes the same world every time. */
interface Recipe {
  readonly before: "never started" | "healthy once";
  readonly taken: readonly { readonly port: number; readonly by: "process" | "container" }[];
  readonly states: readonly { readonly service: string; readonly state: ContainerState }[];
  readonly networkGone: boolean;
  readonly stray: ContainerState | undefined;
  readonly stateFile: "none" | "right" | "wrong" | "garbage";
  readonly portInEnv: boolean;
  readonly sick: readonly string[];
}

const recipe: fc.Arbitrary<Recipe> = fc.record({
  before: fc.constantFrom("never started", "healthy once"),
  taken: fc.uniqueArray(
    fc.record({ port: fc.constantFrom(...ports), by: fc.constantFrom("process", "container") }),
    {
      maxLength: 3,
      selector: ({ port }) => port,
    },
  ),
  states: fc.uniqueArray(
    fc.record({
      service: fc.constantFrom(...serviceNames),
      state: fc.constantFrom("absent", "created", "exited", "dead", "restarting", "paused"),
    }),
    { maxLength: 4, selector: ({ service }) => service },
  ),
  networkGone: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  stray: fc.constantFrom(undefined, undefined, "created", "running", "dead"),
  stateFile: fc.constantFrom("none", "right", "wrong", "garbage"),
  portInEnv: fc.boolean(),
  sick: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...serviceNames), { maxLength: 2 }) },
  ),
});

/** A broken deployment, with somebody else's containers beside it. */
export const brokenWorld: fc.Arbitrary<{ readonly make: () => FakeWorld }> = recipe.map((parts) => ({
  make: () => cook(parts),
  toString: () => JSON.stringify(parts),
}));

function cook({ before, taken, states, networkGone, stray, stateFile, portInEnv, sick }: Recipe): FakeWorld {
  const world = before === "healthy once" ? worlds.healthyWorld() : worlds.freshWorld();
  if (portInEnv) {
    world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
    world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
  }
  for (const { service, state } of states) {
    const container = world.engine.ofService(world.project, service);
    if (container === undefined) continue;
    if (state === "absent") world.engine.containers.delete(container.id);
    else container.state = state;
  }
  for (const { port, by } of taken) if (world.engine.isFree(port)) worlds.takePort(world, port, by);
  if (networkGone && states.length === serviceNames.length) world.engine.networks.clear();
  if (stray !== undefined) {
    const left = world.engine.add({ name: "devlake-old-1", image: "x", project: "devlake", service: "old" });
    left.state = stray;
  }
  world.engine.add({
    name: "foreign-1",
    image: "nginx",
    project: "ci",
    service: "devlake",
    state: "created",
  });
  world.engine.volumes.set("ci_data", "precious");
  if (stateFile === "right") world.put(".devlake-local.json", worlds.stateText);
  if (stateFile === "wrong")
    world.put(".devlake-local.json", worlds.stateText.replace("8080", "9090"), 0o640);
  if (stateFile === "garbage") world.put(".devlake-local.json", "{ not json");
  for (const service of sick) world.neverHealthy.add(service);
  world.clock.pass(5_000);
  return world;
}

/** Something that goes wrong in a run; counted from the moment it is arranged. */
export interface Mishap {
  readonly arrange: (world: FakeWorld, abort: AbortController) => void;
  /** For the report of a failing property. */
  readonly toString: () => string;
}

const operations: readonly Operation[] = [
  "docker.containers",
  "docker.inspect",
  "docker.networks",
  "docker.removeContainer",
  "docker.startContainer",
  "docker.connectNetwork",
  "compose.config",
  "compose.createMissing",
  "compose.recreate",
  "files.readText",
  "files.replace",
  "hostPorts.listeners",
  "journal.append",
  "backups.backUp",
  "backups.readBackUp",
  "approvals.request",
];

const composeCalls = ["compose.createMissing", "compose.recreate"] as const;

const composeAnswers = [
  { kind: "failed", exitCode: 1, stderr: "net/http: TLS handshake timeout\n" },
  { kind: "failed", exitCode: 1, stderr: "manifest unknown\n" },
  { kind: "timed_out" },
  { kind: "interrupted" },
] as const;

const when = fc.record({ nth: fc.integer({ min: 1, max: 12 }), every: fc.boolean() });

/** Failures of the tools and ports: nobody else touches the deployment. */
export const failure: fc.Arbitrary<Mishap> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...operations),
      when,
      fc.constantFrom(throwsBefore, throwsAfter),
      fc.constantFrom(
        new Error("socket hang up"),
        enospc(),
        new RepairError("file_unwritable", "no space left on the disk"),
        new RepairError("plan_stale", "it has changed meanwhile"),
        refusal("it has changed meanwhile"),
      ),
    )
    .map(([operation, at, make, error]) =>
      named(`${make.name} ${operation} ${JSON.stringify(at)} ${error.message}`, at, operation, (later) =>
        make(operation, error, later),
      ),
    ),
  fc
    .tuple(
      fc.constantFrom(...composeCalls),
      fc.constantFrom(...composeAnswers),
      fc.constantFrom("whole", "none", "half"),
    )
    .map(([operation, answer, effect]) =>
      named(`${operation} ${effect} ${JSON.stringify(answer)}`, { nth: 1 }, operation, (later) =>
        effect === "half"
          ? endsHalfway(operation, answer, later)
          : answers(operation, answer, effect === "whole" ? "whole" : "none", later),
      ),
    ),
  fc.integer({ min: 0, max: 12_000 }).map((ms) => ({
    arrange: (world: FakeWorld, abort: AbortController) =>
      world.clock.in(ms, () => abort.abort(new Error("interrupted by SIGINT"))),
    toString: () => `interrupted after ${ms} ms`,
  })),
);

/** Compose, or the Engine, says no before it does anything. */
export const refusedUp: fc.Arbitrary<Mishap> = fc.constantFrom(
  ...composeCalls.map((operation) =>
    named(`${operation} is refused`, { nth: 1 }, operation, (later) =>
      answers(operation, composeAnswers[1], "none", later),
    ),
  ),
  named("docker.startContainer is refused", { nth: 1 }, "docker.startContainer", (later) =>
    throwsBefore("docker.startContainer", refusal("no such image"), later),
  ),
);

/** Somebody else does something to the deployment in the middle of the run. */
export const interference: fc.Arbitrary<Mishap> = fc
  .tuple(
    fc.constantFrom(...operations),
    fc.integer({ min: 1, max: 8 }),
    fc.oneof(
      fc
        .constantFrom(...ports)
        .map((port) => named2(`takes ${port}`, (world) => worlds.takePort(world, port, "process"))),
      fc.constantFrom(...serviceNames).map((service) =>
        named2(`starts ${service}`, (world) => {
          const container = world.engine.ofService(world.project, service);
          if (container !== undefined) world.engine.start(container);
        }),
      ),
      fc.constantFrom(...serviceNames).map((service) =>
        named2(`stops ${service}`, (world) => {
          const container = world.engine.ofService(world.project, service);
          if (container?.state === "running") container.state = "exited";
        }),
      ),
      fc.constantFrom("docker-compose.yml", ".env", ".devlake-local.json").map((path) =>
        named2(`edits ${path}`, (world) => {
          if (world.files.has(path)) world.put(path, `${world.text(path) ?? ""}\n# edited\n`);
        }),
      ),
      fc.constant(named2("stops the engine", (world) => void (world.engineAnswers = "unreachable"))),
      fc.constantFrom(...serviceNames).map((service) =>
        named2(`${service} begins to restart`, (world) => {
          const container = world.engine.ofService(world.project, service);
          if (container !== undefined) container.restartsEveryMs = 700;
        }),
      ),
    ),
  )
  .map(([operation, nth, { change, toString }]) => ({
    arrange: (world: FakeWorld) => {
      const later = { nth: world.faults.next(operation) + nth - 1 };
      world.faults.add(meanwhile(operation, () => change(world), later));
    },
    toString: () => `before ${operation} ${nth}: ${toString()}`,
  }));

function named(
  name: string,
  at: { readonly nth: number; readonly every?: boolean },
  operation: Operation,
  fault: (at: { readonly nth: number; readonly every?: boolean }) => Fault,
): Mishap {
  return {
    arrange: (world) => world.faults.add(fault({ ...at, nth: world.faults.next(operation) + at.nth - 1 })),
    toString: () => name,
  };
}

function named2(name: string, change: (world: FakeWorld) => void) {
  return { change, toString: () => name };
}

export const decision: fc.Arbitrary<ApprovalDecision> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "approved", how: "terminal" } as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("declined", "quit", "missing").map((kind) => ({ kind, reason: "not now" })),
  },
);

/** A name that may or may not be one of ours. */
export const anyName = fc.constantFrom(
  ...serviceNames,
  "old",
  "devlake-old-1",
  "foreign-1",
  "jenkins-8080",
  "constructor",
  "__proto__",
  "$(reboot)",
  "--volumes",
  "../../etc/passwd",
);

/** Steps that a person, a model or an attacker might put into a plan. */
export const anyStep: fc.Arbitrary<StepDraft> = fc
  .oneof(
    fc.record({
      tool: fc.constant("rewrite_local_ports_to_alt_bundle"),
      args: fc.record({
        bundle: fc.dictionary(anyName, fc.constantFrom(...ports, 22), {
          minKeys: 1,
          maxKeys: 3,
          noNullPrototype: true,
        }),
      }),
    }),
    fc.record({
      tool: fc.constantFrom("cleanup_partial_local_artifacts", "save_container_secrets"),
      args: fc.record({
        services: fc.uniqueArray(anyName, { maxLength: 3 }),
        containers: fc.uniqueArray(anyName, { maxLength: 3 }),
      }),
    }),
    fc.record({
      tool: fc.constantFrom(
        "start_stopped_services",
        "reconnect_networks",
        "retry_local_compose_up",
        "recreate_services",
        "pull_images",
        "pull_fixed_images",
      ),
      args: fc.record({ services: fc.uniqueArray(anyName, { minLength: 1, maxLength: 3 }) }),
    }),
    fc.record({
      tool: fc.constantFrom("wait_until_healthy", "update_state_file", "inspect_local_port_conflicts"),
      args: fc.constant({}),
    }),
  )
  .map((step) => ({ ...step, why: "somebody wants it" }));
