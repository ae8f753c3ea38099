import { RepairError } from "../core/errors.ts";
import { modelProviders, type Policy } from "../core/policy/policy.ts";
import type { PlannerWish } from "../flows/planning/planned-repair.ts";
import type { CliServices } from "../flows/services.ts";
import { BY_RULES_ALONE } from "../core/text/own-commands.ts";

const planners: PlannerWish["planner"][] = ["auto", "offline", "copilot"];

/** Flags that say who plans; for commands that plan. */
export const plannerArgs = {
  planner: {
    type: "enum",
    options: planners,
    valueHint: "auto|offline|copilot",
    description:
      "who plans: rules (offline), rules and a model (copilot), or a model only where the rules are not certain and one can be reached (auto); default: auto when the policy or GH_DEVLAKE_MODEL_PROVIDER names a model, else offline",
  },
  modelTimeout: {
    type: "string",
    valueHint: "SECONDS",
    description: "time for everything that a model is asked (default: 90)",
  },
  saveTranscript: {
    type: "boolean",
    description: "keep what was said to and by a model, secrets masked, in the plan's run directory",
  },
} as const;

export interface PlannerFlags {
  readonly planner?: PlannerWish["planner"] | undefined;
  readonly modelTimeout?: string | undefined;
  readonly saveTranscript?: boolean | undefined;
}

const DEFAULT_SECONDS = 90;

/**
 * Who is to plan. Without the flag a model is only asked where a policy or the environment names one:
 * nothing of a deployment goes to anybody because a token happens to be there. Throws `usage`, also for
 * a provider in the environment that is none: a model that was meant would go unasked without a word.
 */
export function plannerWish(
  { planner, modelTimeout }: PlannerFlags,
  { model }: Pick<Policy, "model">,
  env: CliServices["env"],
): PlannerWish {
  const seconds = modelTimeout === undefined ? DEFAULT_SECONDS : Number(modelTimeout);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600) {
    throw new RepairError("usage", `--model-timeout is "${modelTimeout}", which is no number of seconds`, {
      hint: "give a whole number from 1 to 3600",
    });
  }
  const isNamed = model !== undefined || namingVariables.some((name) => (env[name] ?? "") !== "");
  const wanted = planner ?? (isNamed ? "auto" : "offline");
  if (wanted !== "offline" && model === undefined) checkProviderNamed(env);
  return { planner: wanted, modelTimeoutMs: seconds * 1_000 };
}

function checkProviderNamed(env: CliServices["env"]): void {
  const named = env["GH_DEVLAKE_MODEL_PROVIDER"]?.trim() ?? "";
  if (named === "" || modelProviders.some((known) => known === named)) return;
  throw new RepairError(
    "usage",
    `GH_DEVLAKE_MODEL_PROVIDER is ${JSON.stringify(named.slice(0, 100))}, which is no provider of models`,
    { hint: `set it to one of ${modelProviders.join(", ")}; ${BY_RULES_ALONE}` },
  );
}

/** Variables by which a model is chosen; keys and tokens alone choose none. */
const namingVariables = ["GH_DEVLAKE_MODEL_PROVIDER", "GH_DEVLAKE_MODEL", "GH_DEVLAKE_MODEL_BASE_URL"];

/** The flag that was given although nothing is planned. */
export function plannerFlagIn({ planner, modelTimeout, saveTranscript }: PlannerFlags): string | undefined {
  if (planner !== undefined) return "--planner";
  if (modelTimeout !== undefined) return "--model-timeout";
  return saveTranscript === true ? "--save-transcript" : undefined;
}
