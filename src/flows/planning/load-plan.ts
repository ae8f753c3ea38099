import { digestBytes } from "../../core/text/digest.ts";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { RepairError } from "../../core/errors.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { decodeUtf8 } from "../../core/text/utf8.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { familyIn } from "../family-in.ts";
import { checkRecorded } from "../../plan/checks/check-recorded.ts";
import { checkStructure } from "../../plan/checks/check-structure.ts";
import { MAX_PLAN_BYTES, parsePlanFile, type ParsedPlan } from "../../plan/files/plan-file.ts";
import { notUtf8 } from "../../plan/files/strict-yaml.ts";
import { diagnosticsInError } from "../../ui/format-diagnostics.ts";
import { dirFlag } from "../../ui/text/section.ts";
import type { CliServices } from "../services.ts";

export interface LoadedPlan extends ParsedPlan {
  /** The kind of its target. */
  readonly family: TargetFamily;
  readonly path: string;
  readonly bytes: Buffer;
  readonly digest: string;
}

/** Reads a plan once; everything after works on these bytes. `directory`: `--dir`, for what is to be typed. */
export async function loadPlan(path: string, services: CliServices, directory = "."): Promise<LoadedPlan> {
  const bytes = await services.files.read(path, MAX_PLAN_BYTES, { links: "inside" });
  const text = bytes.toString("utf8");
  if (decodeUtf8(bytes) === undefined) throw badPlan({ path, text }, [notUtf8], directory, services);
  const parsed = parsePlanFile(text);
  if (parsed.kind === "refused") {
    const { planRefusals } = await import("../../plan/checks/lint-plan.ts");
    const schema = await services.publishedSchema("repair-plan.v1");
    throw badPlan({ path, text }, planRefusals(text, schema), directory, services);
  }
  const { plan, positionOf } = parsed;
  const family = familyIn(services.families, plan.metadata.target);
  return { family, plan, positionOf, path, bytes, digest: digestBytes(bytes) };
}

/** What is wrong with the plan whatever the deployment looks like: it is refused before that is looked at. */
export function unsoundAlone(loaded: LoadedPlan, policy: Policy): readonly Diagnostic[] {
  const { family } = loaded;
  const structure = checkStructure(family, loaded, policy);
  return structure.length > 0 || loaded.plan.facts === undefined ? structure : checkRecorded(family, loaded);
}

/** Throws `bad_plan` with what is wrong, each at its place. */
export function refuseUnsound(
  diagnostics: readonly Diagnostic[],
  { path, bytes }: LoadedPlan,
  services: CliServices,
  directory = ".",
): void {
  if (diagnostics.length === 0) return;
  throw badPlan({ path, text: bytes.toString("utf8") }, diagnostics, directory, services);
}

function badPlan(
  { path, text }: { readonly path: string; readonly text: string },
  diagnostics: readonly Diagnostic[],
  directory: string,
  services: CliServices,
): RepairError {
  const shown = diagnosticsInError({ file: path, text, diagnostics }, services.style);
  return new RepairError("bad_plan", `the plan "${path}" is refused; nothing was changed\n\n${shown}`, {
    hint: `correct the file, or make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`,
  });
}
