import { PolicyFileSchema } from "../../core/policy/policy.ts";
import type { SchemaCheck } from "../../ports/published-schemas.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { z } from "zod";
import type { Diagnostic } from "../files/diagnostics.ts";
import { keysInVain, parsePolicyFile, policyFormat, unknownTools } from "../files/policy-file.ts";
import { misfit } from "../files/schema-misfit.ts";
import { parseStrictYaml } from "../files/strict-yaml.ts";

/**
 * Everything that is wrong with the text of a policy: YAML, the published schema (`schema`), tools
 * that the catalog does not have, and keys that have no effect where it stands. Never throws.
 */
export function lintPolicy(
  families: readonly TargetFamily[],
  text: string,
  schema: SchemaCheck,
  { isDirectorys = false }: { readonly isDirectorys?: boolean } = {},
): readonly Diagnostic[] {
  const document = parseStrictYaml(text, { ...policyFormat, schema: z.unknown() });
  if (document.kind === "refused") return document.diagnostics;
  const parsed = PolicyFileSchema.safeParse(document.value);
  const unknown = parsed.success ? unknownTools(families, parsed.data, document.positionOf) : [];
  // The schema lists the tools too; the catalog says what would be right.
  const misfits = schema(document.value)
    .map((problem) => misfit(problem, document, isAboutTool(problem.path) ? "P0302" : "P0202"))
    .filter(({ code, path }) => !unknown.some((other) => other.code === code && other.path === path));
  const found = [...misfits, ...unknown];
  if (found.length > 0) return found;
  const strict = parsePolicyFile(families, text);
  if (strict.kind === "refused") return strict.diagnostics;
  return isDirectorys ? keysInVain(strict.policy, document.positionOf) : [];
}

function isAboutTool([group, list, index]: readonly string[]): boolean {
  return group === "tools" && (list === "allow" || list === "deny") && index !== undefined;
}
