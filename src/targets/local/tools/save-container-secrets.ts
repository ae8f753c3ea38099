import { z } from "zod";
import type { DeploymentId } from "../../../core/records/deployment-id.ts";
import { errorText } from "../../../core/errors.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { withSavedSecrets } from "../losses/kept-secrets.ts";
import {
  composeProject,
  containerId,
  containerName,
  containerSecrets,
  engineId,
  strayContainers,
} from "../facts/local-facts.ts";
import { savedSecretsText } from "../losses/saved-secrets-file.ts";
import { type StepContext, type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool, type LocalWritePorts, FURTHER_CONTAINERS } from "./define-local-tool.ts";

interface Args extends Record<string, unknown> {
  readonly services: readonly string[];
  readonly containers?: readonly string[] | undefined;
}

/**
 * Copies the secrets that only these containers hold to a file of this user alone. Their values are read when it is
 * written, and are in no fact, plan, journal or result. What was written is read back by the inspection that verifies.
 */
export const saveContainerSecrets = defineLocalTool({
  name: "save_container_secrets",
  version: 1,
  summary:
    "writes the secrets that only these containers still hold to a private file (0600) in your state directory; values are never shown",
  effect: "mutating",
  reversible: "not-needed",
  downtimeSeconds: 0,
  retry: { attempts: 2, timeoutMs: 60_000 },
  args: z.strictObject({
    services: z.array(z.string()).describe("services whose container's secrets are saved"),
    containers: z.array(z.string()).optional().describe(FURTHER_CONTAINERS),
  }),
  reads: ({ services }) => [
    composeProject(),
    engineId(),
    containerSecrets(),
    strayContainers(),
    ...services.flatMap((service) => [containerId(service), containerName(service)]),
  ],
  check: (args, facts) => [
    ...args.services
      .filter((service) => readFact(facts, containerName(service)) === undefined)
      .map((service): UnmetPrecondition => ({
        fact: containerName(service).id,
        message: `${service} has no container`,
      })),
    ...(args.containers ?? [])
      .filter((name) => !isOther(facts, name))
      .map((name): UnmetPrecondition => ({
        fact: strayContainers().id,
        message: `${name} is no further container of this project`,
      })),
    ...(deploymentIn(facts) === undefined
      ? [{ fact: engineId().id, message: "the engine did not say which one it is" }]
      : []),
    ...(targets(args, facts).some(({ variables }) => variables.length > 0)
      ? []
      : [{ fact: containerSecrets().id, message: "these containers hold no secret that is nowhere else" }]),
  ],
  simulate: (args, facts) =>
    withSavedSecrets(
      facts,
      targets(args, facts).map(({ name }) => name),
    ),
  preview: (args, facts) =>
    targets(args, facts)
      .filter(({ variables }) => variables.length > 0)
      .map(
        ({ name, variables }) =>
          `save from container ${name} to a new file in your state directory (mode 0600, values not shown):\n${variables.map((variable) => `  ${variable}\n`).join("")}`,
      )
      .join(""),
  execute: async (args, facts, write, context) => {
    const deployment = deploymentIn(facts);
    if (context.signal.aborted) return { kind: "interrupted" };
    if (deployment === undefined)
      return { kind: "failed", transient: false, message: "the engine did not say which one it is" };
    const saved: string[] = [];
    for (const target of targets(args, facts).filter(({ variables }) => variables.length > 0)) {
      const done = await saveOne(target, deployment, write, context);
      if ("problem" in done) {
        const so = saved.length === 0 ? "" : ` (${saved.join("; ")})`;
        return { kind: "failed", transient: false, message: `${done.problem}${so}` };
      }
      saved.push(`saved ${target.variables.join(", ")} of ${target.name} to ${done.path}`);
    }
    return { kind: "done", note: saved.join("; ") };
  },
  verify: (args, facts) => {
    const groups = readFact(facts, containerSecrets());
    if (groups === undefined)
      return [{ fact: containerSecrets().id, message: "what the containers hold could not be seen" }];
    return targets(args, facts)
      .filter(({ variables }) => variables.length > 0)
      .map(({ name, variables }) => ({
        fact: containerSecrets().id,
        message: `${variables.join(", ")} of ${name} could not be read back from the file`,
      }));
  },
});

interface Target {
  readonly name: string;
  /** Id, or the name where no fact has the id. */
  readonly id: string;
  readonly variables: readonly string[];
}

function targets({ services, containers = [] }: Args, facts: Facts): readonly Target[] {
  const groups = readFact(facts, containerSecrets()) ?? [];
  const of = (name: string, id = name): Target => ({
    name,
    id,
    variables: [
      ...new Set(
        groups.filter((group) => group.containers.includes(name)).flatMap(({ variables }) => variables),
      ),
    ].sort(),
  });
  return [
    ...services.flatMap((service) => {
      const name = readFact(facts, containerName(service));
      return name === undefined ? [] : [of(name, readFact(facts, containerId(service)))];
    }),
    ...containers.filter((name) => isOther(facts, name)).map((name) => of(name)),
  ];
}

function isOther(facts: Facts, name: string): boolean {
  return (readFact(facts, strayContainers()) ?? []).some((other) => other.name === name);
}

function deploymentIn(facts: Facts): DeploymentId | undefined {
  const [engine, project] = [readFact(facts, engineId()), readFact(facts, composeProject())];
  return engine === undefined || project === undefined ? undefined : { engineId: engine, project };
}

async function saveOne(
  { name, id, variables }: Target,
  deployment: DeploymentId,
  { docker, savedSecrets }: LocalWritePorts,
  context: StepContext,
): Promise<{ readonly path: string } | { readonly problem: string }> {
  try {
    const found = await docker.inspect(id);
    const project = found.labels["com.docker.compose.project"] ?? "none";
    if (found.name !== name || project !== context.target.project)
      return { problem: `container ${name} is now ${found.name}, of project ${project}` };
    // One that has the value under another name has no variable of this one.
    const values = variables.flatMap((variable) => {
      const entry = found.env.find((line) => line.startsWith(`${variable}=`));
      return entry === undefined ? [] : [[variable, entry.slice(variable.length + 1)] as const];
    });
    if (values.length === 0) return { problem: `container ${name} has none of ${variables.join(", ")}` };
    const text = savedSecretsText(name, deployment["project"] ?? "", context.clock.now(), values);
    return { path: await savedSecrets.save(deployment, name, text) };
  } catch (thrown) {
    return { problem: `container ${name}: ${context.redact(errorText(thrown))}` };
  }
}
