import path from "node:path";
import { digestBytes, type Digest } from "../core/digest.ts";
import { RepairError } from "../core/errors.ts";
import { mergePolicies, type Policy, type PolicyFile } from "../core/policy.ts";
import { lintPolicy } from "../plan/lint-policy.ts";
import { DIRECTORY_POLICY, MAX_POLICY_BYTES, parsePolicyFile } from "../plan/policy-file.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { notUtf8 } from "../plan/strict-yaml.ts";
import { diagnosticsInError } from "../ui/format-diagnostics.ts";
import type { CliServices } from "./services.ts";

type PolicyServices = Pick<CliServices, "env" | "files" | "publishedSchema" | "style" | "userPolicyPath">;

interface NamedPolicy {
  readonly file: string;
  readonly digest: Digest;
  readonly policy: PolicyFile;
}

/**
 * The policy that holds for a directory: --policy, GH_DEVLAKE_REPAIR_POLICY, the directory's own and
 * the user's, the first of them strongest. For commands that only look: `disabled` does not stop them.
 * Throws `bad_policy`.
 */
export async function loadPolicy(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<Policy> {
  return merged(await readPolicies(directory, flag, services));
}

/** The same for commands that plan or apply. Throws `locked`, too, where repairs are disabled. */
export async function loadPolicyToRepair(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<Policy> {
  const named = await readPolicies(directory, flag, services);
  const disabling = named.find(({ policy }) => policy.disabled === true);
  if (disabling !== undefined) {
    throw new RepairError("locked", `repairs are disabled by the policy "${disabling.file}"`, {
      hint: "ask whoever keeps that policy",
    });
  }
  return merged(named);
}

function merged(named: readonly NamedPolicy[]): Policy {
  return mergePolicies(
    named.map(({ policy }) => policy),
    named.map(({ file, digest }) => ({ path: file, digest })),
  );
}

/** Strongest first. */
async function readPolicies(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<readonly NamedPolicy[]> {
  const variable = services.env[POLICY_VARIABLE];
  const named: readonly GivenPolicy[] = [
    ...(flag === undefined ? [] : [{ file: flag, by: "--policy" }]),
    ...(variable === undefined || variable === "" ? [] : [{ file: variable, by: POLICY_VARIABLE }]),
  ];
  // Of a name that was mistyped, nobody may think that it has no policy.
  if (!(await services.files.exists(`${directory}/.`))) {
    throw new RepairError("usage", `there is no directory "${directory}"`, {
      hint: "name the deployment's directory: --dir DIRECTORY",
    });
  }
  const found: GivenPolicy[] = [];
  for (const file of [path.join(directory, DIRECTORY_POLICY), services.userPolicyPath]) {
    if (await services.files.exists(file)) found.push({ file, by: undefined });
  }
  const policies: NamedPolicy[] = [];
  for (const given of [...named, ...found]) policies.push(await readPolicy(given, services));
  return policies;
}

const POLICY_VARIABLE = "GH_DEVLAKE_REPAIR_POLICY";

interface GivenPolicy {
  readonly file: string;
  /** What names it; undefined for one that stands where policies are looked for. */
  readonly by: string | undefined;
}

async function readBytes({ file, by }: GivenPolicy, services: PolicyServices): Promise<Buffer> {
  try {
    return await services.files.read(file, MAX_POLICY_BYTES);
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    const which = by === undefined ? "the policy" : `the policy that ${by} names`;
    const mend =
      by === POLICY_VARIABLE ? `correct or unset ${by}` : "check its name and that you may read it";
    throw new RepairError(thrown.code, `${which}, ${thrown.message}`, {
      hint: `${mend}; a policy that cannot be read allows nothing`,
      cause: thrown,
    });
  }
}

async function readPolicy(given: GivenPolicy, services: PolicyServices): Promise<NamedPolicy> {
  const { file } = given;
  const bytes = await readBytes(given, services);
  const text = bytes.toString("utf8");
  const parsed = decodeUtf8(bytes) === undefined ? undefined : parsePolicyFile(text);
  if (parsed?.kind === "ok") return { file, digest: digestBytes(bytes), policy: parsed.policy };
  const diagnostics =
    parsed === undefined ? [notUtf8] : lintPolicy(text, await services.publishedSchema("repair-policy.v1"));
  const shown = diagnosticsInError({ file, text, diagnostics }, services.style);
  throw new RepairError("bad_policy", `the policy "${file}" is refused, so nothing is done\n\n${shown}`, {
    hint: "correct the file; a policy that cannot be read allows nothing",
  });
}
