import { z } from "zod";
import { endpointsOf, sameEndpoints, STATE_FILE } from "../facts/endpoints.ts";
import { RepairError } from "../../../core/errors.ts";
import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import type { Endpoints } from "../facts/fact-values.ts";
import { serviceModel, services, stateFile } from "../facts/local-facts.ts";
import { unifiedDiff } from "../../../core/text/unified-diff.ts";
import { type StepContext } from "../../define-tool.ts";
import { defineLocalTool, type LocalWritePorts } from "./define-local-tool.ts";
import { madeFromFacts, otherFilesProblems } from "./other-files.ts";
import { backUpFiles, undoFileChanges, writeFileChanges, type FileChange } from "../../file-change.ts";
import { stateFileText } from "./state-file-text.ts";

/** Writes the deployment's ports into gh-devlake's state file, so that its other commands find it. */
export const updateStateFile = defineLocalTool({
  name: "update_state_file",
  version: 1,
  summary: "writes the deployment's ports into gh-devlake's state file; all else in it stays",
  effect: "mutating",
  reversible: "full",
  coveredBySafe: true,
  downtimeSeconds: 0,
  retry: { attempts: 1, timeoutMs: 30_000 },
  args: z.strictObject({}),
  reads: (_args, facts) => [
    stateFile(),
    ...madeFromFacts(facts),
    ...(readFact(facts, services()) ?? []).map((service) => serviceModel(service)),
  ],
  check: (_args, facts) => {
    const others = otherFilesProblems(facts);
    if (others.length > 0) return others;
    const status = readFact(facts, stateFile())?.status;
    if (endpointsOf(facts) === undefined)
      return [{ fact: services().id, message: "no backend with a published port is known" }];
    return status === "present" || status === "absent"
      ? []
      : [{ fact: stateFile().id, message: `${STATE_FILE} is ${status ?? "not looked at"}` }];
  },
  simulate: (_args, facts) => {
    const endpoints = endpointsOf(facts);
    if (endpoints === undefined) return facts;
    return new FactsDraft(facts)
      .set(stateFile(), {
        status: "present",
        text: stateFileText(textInFacts(facts), endpoints),
        endpoints: merged(facts, endpoints),
      })
      .facts();
  },
  preview: (_args, facts) => {
    const before = textInFacts(facts);
    const endpoints = endpointsOf(facts);
    return endpoints === undefined
      ? ""
      : unifiedDiff(STATE_FILE, before ?? "", stateFileText(before, endpoints));
  },
  prepareUndo: async (_args, facts, write, context) =>
    backUpFiles(await changeOnDisk(facts, write, context), context),
  execute: async (_args, facts, write, context) =>
    writeFileChanges(await changeOnDisk(facts, write, context), write),
  verify: (_args, facts) => {
    const state = readFact(facts, stateFile());
    const actual = endpointsOf(facts);
    return state?.status === "present" && actual !== undefined && sameEndpoints(state.endpoints, actual)
      ? []
      : [{ fact: stateFile().id, message: `${STATE_FILE} does not name the deployment's ports` }];
  },
  undo: undoFileChanges,
  undoPaths: () => [STATE_FILE],
});

function textInFacts(facts: Facts): string | undefined {
  const state = readFact(facts, stateFile());
  return state?.status === "present" ? state.text : undefined;
}

function merged(facts: Facts, endpoints: Endpoints): Endpoints {
  const state = readFact(facts, stateFile());
  return state?.status === "present" ? { ...state.endpoints, ...endpoints } : endpoints;
}

async function changeOnDisk(
  facts: Facts,
  { files }: LocalWritePorts,
  context: StepContext,
): Promise<readonly FileChange[]> {
  const endpoints = endpointsOf(facts);
  if (endpoints === undefined)
    throw new RepairError("plan_stale", "no backend with a published port is known");
  const known = textInFacts(facts);
  const before = known === undefined ? undefined : await files.readText(STATE_FILE);
  // Both: since it was inspected, more may have become known that is a secret.
  if (before !== undefined && known !== undefined && context.redact(before) !== context.redact(known))
    throw new RepairError("plan_stale", `${STATE_FILE} is not as it was inspected`);
  return [{ path: STATE_FILE, before, after: stateFileText(before, endpoints) }];
}
