import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { usersOwnKeys } from "../../core/policy/merge-policies.ts";
import { POLICY_API_VERSION, PolicyFileSchema, type PolicyFile } from "../../core/policy/policy.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { parseStrictYaml, type PositionOf, type StrictFormat } from "./strict-yaml.ts";

/** The name of the policy that stands in a deployment's directory. */
export const DIRECTORY_POLICY = ".devlake-repair.yaml";

export const MAX_POLICY_BYTES = 64 * 1024;

export const policyFormat: StrictFormat<PolicyFile> = {
  what: "policy",
  apiVersion: POLICY_API_VERSION,
  schema: PolicyFileSchema,
  maxBytes: MAX_POLICY_BYTES,
  help: "schemas/repair-policy.v1.schema.json says what a policy may hold",
};

export type PolicyParse =
  | { readonly kind: "ok"; readonly policy: PolicyFile }
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

/** Reads a policy as the hostile text it may be; tools that do not exist are errors. Never throws. */
export function parsePolicyFile(families: readonly TargetFamily[], text: string): PolicyParse {
  const parsed = parseStrictYaml(text, policyFormat);
  if (parsed.kind === "refused") return parsed;
  const diagnostics = unknownTools(families, parsed.value, parsed.positionOf);
  return diagnostics.length > 0 ? { kind: "refused", diagnostics } : { kind: "ok", policy: parsed.value };
}

/** Whether it is the policy that a deployment's directory holds, by its name. */
export function isDirectoryPolicy(file: string): boolean {
  return file.split(/[/\\]/).at(-1) === DIRECTORY_POLICY;
}

/** Warns of keys that a directory's policy cannot set. */
export function keysInVain(policy: PolicyFile, positionOf: PositionOf): readonly Diagnostic[] {
  return usersOwnKeys
    .filter((key) => policy[key] !== undefined)
    .map((key) => ({
      code: "P0505",
      severity: "warning",
      message: `${key} has no effect in a deployment's directory`,
      help: undefined,
      position: positionOf([key]),
      path: key,
    }));
}

/** Whether a file means to be a policy, by its name or by what it says of itself. */
export function isPolicyFile(file: string, text: string): boolean {
  // As text: what is broken or of another version still has to be judged as what it means to be.
  return (
    isDirectoryPolicy(file) ||
    /^(?:\{[ \t]*)?["']?(?:apiVersion["']?[ \t]*:[ \t]*["']?devlake-repair\.policy\/|kind["']?[ \t]*:[ \t]*["']?RepairPolicy\b)/m.test(
      text,
    )
  );
}

/** A misspelt tool in `deny` would silently allow what somebody meant to forbid. */
export function unknownTools(
  families: readonly TargetFamily[],
  { tools }: PolicyFile,
  positionOf: PositionOf,
): readonly Diagnostic[] {
  return (["allow", "deny"] as const).flatMap((list) =>
    (tools?.[list] ?? []).flatMap((name, index): Diagnostic[] => {
      if (families.some((family) => toolNamed(family, name) !== undefined)) return [];
      const at = ["tools", list, index];
      const help = "gh devlake repair tools lists them";
      return [
        {
          code: "P0302",
          message: `the catalog has no tool "${name}"`,
          help,
          position: positionOf(at),
          path: at.join("."),
        },
      ];
    }),
  );
}
