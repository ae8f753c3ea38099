import path from "node:path";
import { toolNamed } from "../catalog/index.ts";
import { RepairError } from "../core/errors.ts";
import {
  mergePolicies,
  POLICY_API_VERSION,
  PolicyFileSchema,
  type Policy,
  type PolicyFile,
} from "../core/policy.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { diagnosticsInError } from "../ui/format-diagnostics.ts";
import { parseStrictYaml, type PositionOf } from "../plan/strict-yaml.ts";
import type { CliServices } from "./services.ts";

const DIRECTORY_POLICY = ".devlake-repair.yaml";
const MAX_POLICY_BYTES = 64 * 1024;

/**
 * The policy that holds for a directory: --policy, GH_DEVLAKE_REPAIR_POLICY, the directory's own and
 * the user's, the first of them strongest. Throws `bad_policy`, and `locked` where repairs are disabled.
 */
export async function loadPolicy(
  directory: string,
  flag: string | undefined,
  services: CliServices,
): Promise<Policy> {
  const variable = services.env["GH_DEVLAKE_REPAIR_POLICY"];
  const named = [flag, variable === "" ? undefined : variable].filter((file) => file !== undefined);
  const found: string[] = [];
  for (const file of [path.join(directory, DIRECTORY_POLICY), services.userPolicyPath]) {
    if (await services.files.exists(file)) found.push(file);
  }
  const files: PolicyFile[] = [];
  for (const file of [...named, ...found]) {
    const policy = await readPolicy(file, services);
    if (policy.disabled === true) {
      throw new RepairError("locked", `repairs are disabled by the policy "${file}"`, {
        hint: "ask whoever keeps that policy",
      });
    }
    files.push(policy);
  }
  return mergePolicies(files);
}

async function readPolicy(file: string, services: CliServices): Promise<PolicyFile> {
  const text = (await services.files.read(file, MAX_POLICY_BYTES)).toString("utf8");
  const parsed = parseStrictYaml(text, {
    what: "policy",
    apiVersion: POLICY_API_VERSION,
    schema: PolicyFileSchema,
    maxBytes: MAX_POLICY_BYTES,
    help: "schemas/repair-policy.v1.schema.json says what a policy may hold",
  });
  const diagnostics =
    parsed.kind === "refused" ? parsed.diagnostics : unknownTools(parsed.value, parsed.positionOf);
  if (parsed.kind === "ok" && diagnostics.length === 0) return parsed.value;
  const shown = diagnosticsInError({ file, text, diagnostics }, services.style);
  throw new RepairError("bad_policy", `the policy "${file}" is refused, so nothing is done\n\n${shown}`, {
    hint: "correct the file; a policy that cannot be read allows nothing",
  });
}

/** A misspelt tool in `deny` would silently allow what somebody meant to forbid. */
function unknownTools({ tools }: PolicyFile, positionOf: PositionOf): readonly Diagnostic[] {
  return (["allow", "deny"] as const).flatMap((list) =>
    (tools?.[list] ?? []).flatMap((name, index): Diagnostic[] => {
      if (toolNamed(name) !== undefined) return [];
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
