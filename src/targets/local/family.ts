import { factKindIn, parametersOf } from "../../core/fact-ids.ts";
import { readFact, type Facts } from "../../core/fact.ts";
import type { Redact } from "../../core/masking/redact.ts";
import type { LookingFamily } from "../family.ts";
import type { InspectRequest } from "./inspect/context.ts";
import { localEyes } from "./inspect/local-eyes.ts";
import { afterUndo } from "./advice/after-undo.ts";
import { ifNothingIsDone } from "./advice/if-nothing-is-done.ts";
import { nextStepHelp, nextStepPatterns, nextStepText } from "./advice/model-next-steps.ts";
import { namesInFacts } from "./advice/names-in-facts.ts";
import { portConflictName } from "./advice/plan-name.ts";
import { classify } from "./classify.ts";
import { endpointsOf } from "./facts/endpoints.ts";
import {
  backendData,
  backendHangs,
  backendPhase,
  composeSource,
  configUiHealth,
  containerRestarts,
  grafanaHealth,
  localFactKinds,
  logLine,
  restartedLately,
  takenFromShell,
} from "./facts/local-facts.ts";
import { isLogLine, logLinesOf } from "./facts/log-lines.ts";
import { findingClasses } from "./facts/finding-classes.ts";
import { healthChecksKnown } from "./health/health-checks.ts";
import { footprintOf, sourcesOf } from "./footprint.ts";
import { healthChecks, healthReports, previewedChecks } from "./health/healthy-facts.ts";
import { connectedLines } from "./health/standing-cause.ts";
import { stillRunning } from "./health/still-running.ts";
import { lookAfterMs, whyItCannotCome } from "./health/wait-verdict.ts";
import { localIdentity } from "./identity.ts";
import { leftBehind } from "./left-behind.ts";
import { isAsInContainer, maskedSettings } from "./masked-settings.ts";
import { maskSource } from "./masking/mask-source.ts";
import { catalog } from "./tools/index.ts";

/** A Compose project on a Docker Engine. */
export const localFamily: LookingFamily<InspectRequest> = {
  kind: "local",
  look: localEyes,
  factKinds: localFactKinds,
  classify,
  findingClasses,
  tools: catalog,
  health: {
    known: healthChecksKnown,
    checks: healthChecks,
    previewed: previewedChecks,
    reports: healthReports,
    isAskedQuickly: (check) => check !== "data_readable",
    restarts: restartsIn,
    lookAfterMs,
    whyItCannotCome,
  },
  identity: localIdentity,
  footprint: {
    of: footprintOf,
    differences: leftBehind,
    sources: sourcesOf,
    sourcesRead: (ids) => parametersOf(new Map([...ids].map((id) => [id, undefined])), composeSource),
    maskFile,
  },
  masked: { of: maskedSettings, isAsRunning: isAsInContainer },
  model: {
    logLines: logLinesOf,
    logSizes,
    names: namesInFacts,
    nextSteps: nextStepHelp,
    nextStepText,
    nextStepPatterns,
  },
  words: {
    named: "services, containers and ports",
    planName: portConflictName,
    ifNothingIsDone,
    afterUndo,
  },
  endpoints: endpointsOf,
  shellVariables: (facts) => readFact(facts, takenFromShell()) ?? [],
  isMoving: (id) => moving.has(factKindIn(localFactKinds, id)?.pattern ?? ""),
  isLogLine,
  reassuring: connectedLines,
  stillRunning,
};

/** These are told in a summary: how often it was started, how it fails. */
const moving = new Set(
  [
    containerRestarts,
    restartedLately,
    backendPhase,
    backendData,
    backendHangs,
    grafanaHealth,
    configUiHealth,
  ].map(({ pattern }) => pattern),
);

function restartsIn(facts: Facts): number {
  return parametersOf(facts, containerRestarts).reduce(
    (sum, service) => sum + (readFact(facts, containerRestarts(service)) ?? 0),
    0,
  );
}

function logSizes(facts: Facts): Readonly<Record<string, number>> {
  const sizes = new Map<string, number>();
  for (const service of parametersOf(facts, logLine)) sizes.set(service, (sizes.get(service) ?? 0) + 1);
  return Object.fromEntries(sizes);
}

/** The Compose sources, `.env` and gh-devlake's state file are all that steps write. */
function maskFile(path: string, text: string, redact: Redact): string {
  if (/\.ya?ml$/i.test(path)) return maskSource(text, "compose", redact);
  return path.endsWith(".json") ? redact(text) : maskSource(text, "env", redact);
}
