import path from "node:path";
import { digestBytes, type Digest } from "../../core/text/digest.ts";
import { RepairError } from "../../core/errors.ts";
import type { NamedKey } from "../../attest/trust.ts";
import {
  mergePolicies,
  tightenPolicy,
  withoutEffect,
  type PlacedPolicy,
} from "../../core/policy/merge-policies.ts";
import type { Policy, PolicyFile } from "../../core/policy/policy.ts";
import { lintPolicy } from "../../plan/checks/lint-policy.ts";
import { DIRECTORY_POLICY, MAX_POLICY_BYTES, parsePolicyFile } from "../../plan/files/policy-file.ts";
import { decodeUtf8 } from "../../core/text/utf8.ts";
import { notUtf8 } from "../../plan/files/strict-yaml.ts";
import { diagnosticsInError } from "../../ui/format-diagnostics.ts";
import type { CliServices } from "../services.ts";

type PolicyServices = Pick<
  CliServices,
  "families" | "env" | "files" | "publishedSchema" | "style" | "userPolicyPath"
>;

/** The policy that holds for a directory, and what of the directory's own does not. */
export interface LoadedPolicy extends Policy {
  /** For people; left out when the directory's policy says nothing in vain. */
  readonly notice?: string;
  /** Whom the directory's policy would have trusted; left out when nobody. */
  readonly ignoredKeys?: readonly NamedKey[];
}

/**
 * What the user chose decides: --policy, then GH_DEVLAKE_REPAIR_POLICY, then their own policy, the first of them
 * that has a key. The directory's own only tightens that. For commands that only look: `disabled` does not stop
 * them. Throws `bad_policy`.
 */
export async function loadPolicy(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<LoadedPolicy> {
  return merged(await readPolicies(directory, flag, services), services);
}

/** The same for commands that plan or apply. Throws `locked`, too, where repairs are disabled. */
export async function loadPolicyToRepair(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<LoadedPolicy> {
  const read = await readPolicies(directory, flag, services);
  const disabling = [...read.chosen, ...read.directory].find(({ policy }) => policy.disabled === true);
  if (disabling !== undefined) {
    throw new RepairError("locked", `repairs are disabled by the policy "${disabling.file}"`, {
      hint: "ask whoever keeps that policy",
    });
  }
  return merged(read, services);
}

interface ReadPolicy extends GivenPolicy {
  readonly digest: Digest;
  readonly policy: PolicyFile;
}

interface ReadPolicies {
  /** Strongest first. */
  readonly chosen: readonly ReadPolicy[];
  /** One or none. */
  readonly directory: readonly ReadPolicy[];
}

function merged({ chosen, directory }: ReadPolicies, { userPolicyPath }: PolicyServices): LoadedPolicy {
  const base = mergePolicies(chosen.map(placed));
  const policy = directory.map(placed).reduce(tightenPolicy, base);
  // Whoever names the directory's own file has chosen it, too.
  const isChosen = ({ file }: ReadPolicy): boolean =>
    chosen.some((other) => path.resolve(other.file) === path.resolve(file));
  const [stranger] = directory.filter((read) => !isChosen(read));
  const held = { ...policy, files: filesOf([...chosen, ...directory.filter((read) => !isChosen(read))]) };
  if (stranger === undefined) return held;
  const vain = withoutEffect(base, stranger.policy);
  const keys = stranger.policy.trustedKeys?.map((key) => ({ ...key, from: stranger.file }));
  return {
    ...held,
    ...(vain.length > 0 && {
      notice: `the policy "${stranger.file}" can only tighten what you allow, so this has no effect there: ${vain.join(", ")}; it counts in your own policy, ${userPolicyPath}, or with --policy FILE`,
    }),
    ...(keys !== undefined && { ignoredKeys: keys }),
  };
}

function placed(read: ReadPolicy): PlacedPolicy {
  return { policy: read.policy, from: nameOf(read) };
}

/** As messages name it. */
function nameOf({ file, by }: GivenPolicy): string {
  return by === undefined ? file : `${file} (${by})`;
}

function filesOf(policies: readonly ReadPolicy[]): Policy["files"] {
  return policies.map(({ file, digest }) => ({ path: file, digest }));
}

async function readPolicies(
  directory: string,
  flag: string | undefined,
  services: PolicyServices,
): Promise<ReadPolicies> {
  const variable = services.env[POLICY_VARIABLE];
  if (variable !== undefined && variable !== "" && !path.isAbsolute(variable)) {
    // A variable is set once and holds in every directory: in a checkout it would take a stranger's file for the user's.
    throw new RepairError("usage", `${POLICY_VARIABLE} is "${variable}", which is no absolute path`, {
      hint: "name the file from the root on, or give it for this call alone with --policy FILE",
    });
  }
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
  const own = await found({ file: services.userPolicyPath, by: undefined }, services);
  const there = { file: path.join(directory, DIRECTORY_POLICY), by: undefined, isStranger: true };
  const chosen: ReadPolicy[] = [];
  for (const given of [...named, ...own]) chosen.push(await readPolicy(given, services));
  const strangers: ReadPolicy[] = [];
  for (const given of await found(there, services)) strangers.push(await readPolicy(given, services));
  return { chosen, directory: strangers };
}

async function found(policy: GivenPolicy, { files }: PolicyServices): Promise<readonly GivenPolicy[]> {
  return (await files.exists(policy.file)) ? [policy] : [];
}

const POLICY_VARIABLE = "GH_DEVLAKE_REPAIR_POLICY";

interface GivenPolicy {
  readonly file: string;
  /** What names it; undefined for one that stands where policies are looked for. */
  readonly by: string | undefined;
  /** Whoever wrote it may be anybody. A link there could show any file of this user in an error. */
  readonly isStranger?: boolean;
}

async function readBytes(
  { file, by, isStranger = false }: GivenPolicy,
  services: PolicyServices,
): Promise<Buffer> {
  try {
    return await services.files.read(file, MAX_POLICY_BYTES, { links: isStranger ? "refuse" : "follow" });
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

async function readPolicy(given: GivenPolicy, services: PolicyServices): Promise<ReadPolicy> {
  const { file } = given;
  const bytes = await readBytes(given, services);
  const text = bytes.toString("utf8");
  const parsed = decodeUtf8(bytes) === undefined ? undefined : parsePolicyFile(services.families, text);
  if (parsed?.kind === "ok") return { ...given, digest: digestBytes(bytes), policy: parsed.policy };
  const diagnostics =
    parsed === undefined
      ? [notUtf8]
      : lintPolicy(services.families, text, await services.publishedSchema("repair-policy.v1"));
  const shown = diagnosticsInError({ file, text, diagnostics }, services.style);
  throw new RepairError("bad_policy", `the policy "${file}" is refused, so nothing is done\n\n${shown}`, {
    hint: "correct the file; a policy that cannot be read allows nothing",
  });
}
