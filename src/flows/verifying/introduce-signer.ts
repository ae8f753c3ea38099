import type { NamedKey } from "../../attest/trust.ts";
import { POLICY_API_VERSION, type Policy } from "../../core/policy/policy.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import type { SignerIntroduction } from "../../ui/format-verification.ts";
import type { CliServices } from "../services.ts";

/** The keys that the user's own policies trust, and which of them. */
export function policyKeysOf({ trustedKeys, trustedKeysFrom = "a policy" }: Policy): readonly NamedKey[] {
  return trustedKeys.map((key) => ({ ...key, from: trustedKeysFrom }));
}

interface Asked {
  readonly file: string;
  readonly subject: string | undefined;
  readonly dir: string | undefined;
  readonly policy: Policy;
}

/** Two ways to make a signer known; whose key it is has to be learnt elsewhere first. */
export async function howToTrust(
  keyId: string,
  { file, subject, dir, policy }: Asked,
  { files, userPolicyPath }: Pick<CliServices, "files" | "userPolicyPath">,
): Promise<SignerIntroduction> {
  // Of several policies the first with this key decides, so a name in another would not help.
  const policyFile = policy.trustedKeysFrom ?? userPolicyPath;
  const isNewFile = policy.trustedKeysFrom === undefined && !(await files.exists(userPolicyPath));
  const flags = [
    ...(subject === undefined ? [] : ["--plan", subject]),
    ...(dir === undefined ? [] : ["--dir", dir]),
  ];
  return {
    command: ["gh devlake repair verify --key FILE", ...[file, ...flags].map(shellWord)].join(" "),
    policyFile,
    isNewFile,
    entry: [
      ...(isNewFile ? [`apiVersion: ${POLICY_API_VERSION}`, "kind: RepairPolicy"] : []),
      ...(policy.trustedKeysFrom === undefined ? ["trustedKeys:"] : []),
      "  - name: a colleague",
      `    keyId: "${keyId}"`,
    ].join("\n"),
  };
}
