import { z } from "zod";
import { effectRank, EffectSchema, type Effect } from "../effect.ts";
import { MAX_STEPS } from "../plan.ts";
import type { PolicySource } from "../records/result.ts";

export const POLICY_API_VERSION = "devlake-repair.policy/v1";

/** Whose models may be asked, by the names of a policy and of GH_DEVLAKE_MODEL_PROVIDER. */
export const modelProviders = ["copilot", "openai", "azure-openai", "anthropic", "ollama"] as const;

/**
 * What a team or a person allows; every key may be left out, and then the next policy decides. In a deployment's
 * directory it can only tighten what the user's own policies allow.
 */
export const PolicyFileSchema = z
  .strictObject({
    apiVersion: z.literal(POLICY_API_VERSION).describe("version of this format"),
    kind: z.literal("RepairPolicy").describe("always `RepairPolicy`"),
    disabled: z
      .boolean()
      .optional()
      .describe("true: nothing is planned or applied here; wins wherever it stands"),
    tools: z
      .strictObject({
        allow: z
          .array(z.string())
          .min(1)
          .optional()
          .meta({
            description: "the only tools that plans may use",
            examples: [["retry_local_compose_up", "start_stopped_services"]],
          }),
        deny: z
          .array(z.string())
          .optional()
          .meta({
            description: "tools that plans may not use, even when allowed",
            examples: [["rewrite_local_ports_to_alt_bundle"]],
          }),
      })
      .optional()
      .describe("which tools of the catalog plans may use; all of them when left out"),
    highestEffect: EffectSchema.optional().describe(
      "the most that a step may do; `read` allows nothing that changes",
    ),
    minimumConfidence: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({
        description: "findings below this confidence are not repaired but handed to a person",
        examples: [0.8],
      }),
    bounds: z
      .strictObject({
        steps: z
          .int()
          .min(1)
          .max(MAX_STEPS)
          .optional()
          .meta({ description: "steps in a plan at most", examples: [6] }),
        timeoutSeconds: z
          .int()
          .min(1)
          .max(86_400)
          .optional()
          .meta({ description: "time for a whole run", examples: [600] }),
      })
      .optional()
      .describe("how large a plan and how long a run may be"),
    approvers: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .meta({
        description:
          "git e-mail addresses, GitHub accounts as @login or @host/login, or OS user names that may approve; everybody else is refused. Names in your own policy and in that of the directory: only who stands in both",
        examples: [["oncall@example.com", "@octocat"]],
      }),
    trustedKeys: z
      .array(
        z.strictObject({
          name: z.string().min(1).describe("whose key it is, for people"),
          keyId: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .describe("sha256 of the public key's SPKI DER in hex, as `repair verify` and results print it"),
        }),
      )
      .min(1)
      .optional()
      .describe(
        "whose signed results are trusted, beside your own and those of --key; ignored in the policy of a deployment's directory",
      ),
    onFailure: z
      .enum(["restore", "keep"])
      .optional()
      .describe(
        "what a run does when a step fails: `restore` takes back what the steps before it changed, `keep` leaves it for a person to look at; ignored in the policy of a deployment's directory",
      ),
    planLifetimeHours: z
      .number()
      .positive()
      .max(24 * 30)
      .optional()
      .meta({ description: "hours until a plan may no longer be applied", examples: [24, 72] }),
    redact: z
      .strictObject({
        variables: z
          .array(z.string().min(1))
          .describe(
            "further variables of the shell or of the deployment's files whose values are masked; shorter than six characters they cannot be",
          ),
      })
      .optional()
      .describe("what is masked beyond what looks like a secret by its name or form"),
    model: z
      .strictObject({
        provider: z.enum(modelProviders).describe("who answers; `copilot` is GitHub Copilot"),
        name: z.string().optional().describe("model to ask"),
        // As a pattern, so that editors and this program take the same.
        baseUrl: z
          .string()
          .regex(/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/, "must be a URL that begins with http:// or https://")
          .refine((url) => URL.canParse(url), "must be a URL")
          .optional()
          .meta({ description: "where the provider answers", examples: ["http://localhost:11434/v1"] }),
      })
      .optional()
      .describe(
        "which model may be asked where the rules are not certain; its key comes from the environment, never from a file. Ignored in the policy of a deployment's directory",
      ),
  })
  .meta({
    title: "DevLake repair policy",
    description:
      "What `gh devlake repair` may do: your own `policy.yaml`, or `.devlake-repair.yaml` in a deployment's directory, which can only tighten it",
  });
export type PolicyFile = z.infer<typeof PolicyFileSchema>;

/** What a policy file says, whatever file it is. */
export type PolicyRules = Omit<PolicyFile, "apiVersion" | "kind">;

/** All policies put together, with what no file says filled in. */
export interface Policy {
  readonly disabled: boolean;
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
  readonly highestEffect: Effect;
  readonly minimumConfidence: number;
  readonly maxSteps: number;
  readonly timeoutSeconds: number;
  readonly approvers: readonly string[] | undefined;
  readonly trustedKeys: NonNullable<PolicyFile["trustedKeys"]>;
  readonly onFailure: NonNullable<PolicyFile["onFailure"]>;
  readonly planLifetimeHours: number;
  readonly secretVariables: readonly string[];
  readonly model: PolicyFile["model"];
  /** Where it comes from: what the user chose, the strongest first, then the directory's. Empty without any. */
  readonly files: readonly PolicySource[];
  /** Which files name the approvers, as people are told. */
  readonly approversFrom: readonly string[];
  /** Which file names the trusted keys, as people are told. */
  readonly trustedKeysFrom: string | undefined;
}

export const defaultPolicy: Policy = {
  disabled: false,
  allow: undefined,
  deny: [],
  highestEffect: "destructive",
  minimumConfidence: 0.5,
  maxSteps: MAX_STEPS,
  timeoutSeconds: 900,
  approvers: undefined,
  trustedKeys: [],
  onFailure: "restore",
  planLifetimeHours: 24,
  secretVariables: [],
  model: undefined,
  files: [],
  approversFrom: [],
  trustedKeysFrom: undefined,
};

/** Why the policy forbids a tool; undefined when it allows it. */
export function forbidden(
  policy: Policy,
  tool: { readonly name: string; readonly effect: Effect },
): string | undefined {
  if (policy.deny.includes(tool.name)) return `the policy denies ${tool.name}`;
  if (policy.allow?.length === 0) return "the policies allow no tool in common";
  if (policy.allow !== undefined && !policy.allow.includes(tool.name)) {
    return `the policy allows only ${policy.allow.join(", ")}`;
  }
  if (effectRank(tool.effect) > effectRank(policy.highestEffect)) {
    return `${tool.name} is ${tool.effect}, the policy allows ${policy.highestEffect} at most`;
  }
  return undefined;
}
