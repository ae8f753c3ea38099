import { z } from "zod";
import { RepairError } from "../../../core/errors.ts";
import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import {
  composeEditDiffers,
  composeSource,
  composeSources,
  portHolder,
  serviceModel,
  shellVariables,
} from "../facts/local-facts.ts";
import { maskSource } from "../masking/mask-source.ts";
import { editsDiffer } from "../facts/edit-differs.ts";
import { editPorts, movesOf, sourcesInFacts, type PortBundle } from "../facts/port-moves.ts";
import { unifiedDiff } from "../../../core/text/unified-diff.ts";
import { applyEnvironment } from "./changed-environment.ts";
import { type StepContext, type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool, type LocalWritePorts } from "./define-local-tool.ts";
import { madeFromFacts, otherFilesProblems } from "./other-files.ts";
import { backUpFiles, undoFileChanges, writeFileChanges, type FileChange } from "../../file-change.ts";
import { editPortsInFacts } from "./port-edit.ts";

/** Moves published ports by editing only those scalars in the Compose sources. */
export const rewriteLocalPortsToAltBundle = defineLocalTool({
  name: "rewrite_local_ports_to_alt_bundle",
  version: 2,
  summary: "moves published host ports to free ones by editing only those values in the Compose files",
  effect: "mutating",
  reversible: "full",
  coveredBySafe: true,
  downtimeSeconds: 0,
  retry: { attempts: 1, timeoutMs: 30_000 },
  args: z.strictObject({
    bundle: z
      .record(z.string().min(1), z.int().min(1).max(65_535))
      .refine((bundle) => Object.keys(bundle).length > 0, "names no service")
      .describe("new host port by service"),
  }),
  reads: ({ bundle }, facts) => [
    composeSources(),
    shellVariables(),
    ...madeFromFacts(facts),
    ...(facts.has(composeEditDiffers().id) ? [composeEditDiffers()] : []),
    ...sourcesInFacts(facts).map(({ path }) => composeSource(path)),
    ...Object.entries(bundle).flatMap(([service, to]) => [serviceModel(service), portHolder(to)]),
    ...movesOf(facts, bundle).flatMap((move) => ("unclear" in move ? [] : [portHolder(move.from)])),
  ],
  check: ({ bundle }, facts) => [
    ...otherFilesProblems(facts),
    ...Object.entries(bundle).flatMap(([service, to]) => targetProblems(facts, service, to)),
    ...editProblems(facts, bundle),
  ],
  simulate: ({ bundle }, facts) => simulateMove(facts, bundle),
  preview: ({ bundle }, facts) => {
    const outcome = editPortsInFacts(facts, bundle);
    if (outcome.kind === "refused") return "";
    const notes = outcome.notes.map(({ message, path, line }) => `# note: ${path}:${line}: ${message}\n`);
    return (
      outcome.files.map(({ path, before, after }) => unifiedDiff(path, before, after)).join("") +
      notes.join("")
    );
  },
  prepareUndo: async ({ bundle }, facts, write, context) =>
    backUpFiles(await changesOnDisk(facts, bundle, write, context), context),
  execute: async ({ bundle }, facts, write, context) =>
    writeFileChanges(await changesOnDisk(facts, bundle, write, context), write),
  verify: ({ bundle }, facts) =>
    Object.entries(bundle).flatMap(([service, to]) => misplacedPorts(facts, service, to)),
  undo: undoFileChanges,
  undoPaths: (composeFiles) => composeFiles,
});

/** All TCP ports of the service were on one host port, so the old one is whatever is not the new one. */
function misplacedPorts(facts: Facts, service: string, to: number): readonly UnmetPrecondition[] {
  const fact = serviceModel(service).id;
  const ports = (readFact(facts, serviceModel(service))?.ports ?? []).filter(
    ({ protocol }) => protocol === "tcp",
  );
  const others = new Set(ports.flatMap(({ published }) => (published === to ? [] : [published])));
  const missing = ports.some(({ published }) => published === to)
    ? []
    : [{ fact, message: `the Compose model does not publish ${service} on ${to}` }];
  const kept = [...others].map((port) => ({
    fact,
    message: `the Compose model still publishes ${service} on ${port}`,
  }));
  return [...missing, ...kept];
}

function targetProblems(facts: Facts, service: string, to: number): readonly UnmetPrecondition[] {
  if (readFact(facts, serviceModel(service)) === undefined) {
    return [{ fact: serviceModel(service).id, message: `the Compose model has no service "${service}"` }];
  }
  const holder = readFact(facts, portHolder(to));
  if (holder?.kind === "free") return [];
  const is = holder === undefined ? "not looked at" : `held (${holder.kind})`;
  return [{ fact: portHolder(to).id, message: `port ${to} is ${is}; it must be free` }];
}

function editProblems(facts: Facts, bundle: PortBundle): readonly UnmetPrecondition[] {
  const hidden = (readFact(facts, composeEditDiffers()) ?? []).filter(({ service }) => service in bundle);
  // Whatever is refused on the masked text then, is not the reason.
  if (hidden.length > 0) return hidden.map(hiddenEdit);
  const outcome = editPortsInFacts(facts, bundle);
  if (outcome.kind === "edited") return [];
  return outcome.refusals.map(({ reason, path, line }) => ({
    fact: composeSource(path).id,
    message: line === undefined ? reason : `${path}:${line}: ${reason}`,
  }));
}

function hiddenEdit({ service, places }: { service: string; places: readonly string[] }): UnmetPrecondition {
  return {
    fact: composeEditDiffers().id,
    message:
      `the preview would not show what is written for service ${service}, because of a masked value that the edit depends on ` +
      `(${places.join(", ")}): change its port by hand`,
  };
}

function simulateMove(facts: Facts, bundle: PortBundle): Facts {
  const draft = new FactsDraft(facts);
  const outcome = editPortsInFacts(facts, bundle);
  if (outcome.kind === "edited") {
    for (const { path, after } of outcome.files) draft.set(composeSource(path), { text: after });
    applyEnvironment(draft, facts, outcome.environment);
  }
  for (const move of movesOf(facts, bundle)) {
    if ("unclear" in move) continue;
    const model = readFact(facts, serviceModel(move.service));
    if (model === undefined) continue;
    draft.set(serviceModel(move.service), {
      ...model,
      ports: model.ports.map((port) =>
        port.published === move.from && port.protocol === "tcp" ? { ...port, published: move.to } : port,
      ),
    });
  }
  return draft.facts();
}

/** The same edit on the real texts, once they are known to be what the facts show. */
async function changesOnDisk(
  facts: Facts,
  bundle: PortBundle,
  write: LocalWritePorts,
  context: StepContext,
): Promise<readonly FileChange[]> {
  const sources = await Promise.all(
    sourcesInFacts(facts).map(async ({ path, role, text }) => {
      const real = await write.files.readText(path);
      // Both: since it was inspected, more may have become known that is a secret.
      const masked = (one: string): string =>
        maskSource(one, role === "compose" ? "compose" : "env", context.redact);
      if (masked(real) !== masked(text)) {
        throw new RepairError("plan_stale", `${path} is not as it was inspected`);
      }
      return { path, role, text: real };
    }),
  );
  const outcome = editPorts(facts, bundle, sources);
  if (outcome.kind === "refused")
    throw new RepairError("plan_stale", outcome.refusals.map(({ reason }) => reason).join("; "));
  const [place] = editsDiffer(editPortsInFacts(facts, bundle), outcome);
  if (place !== undefined)
    throw new RepairError("plan_stale", `what would be written at ${place} is not what was shown`);
  return outcome.files;
}
