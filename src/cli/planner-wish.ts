import { RepairError } from "../core/errors.ts";
import type { PlannerWish } from "./make-plan.ts";

const planners: PlannerWish["planner"][] = ["auto", "offline", "copilot"];

/** Flags that say who plans; for commands that plan. */
export const plannerArgs = {
  planner: {
    type: "enum",
    options: planners,
    valueHint: "auto|offline|copilot",
    description:
      "who plans: by rules (offline), with a model too (copilot), or with a model where the rules are not certain and one can be reached (auto, the default)",
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

/** Throws `usage` for a time that is none. */
export function plannerWish({ planner, modelTimeout }: PlannerFlags): PlannerWish {
  const seconds = modelTimeout === undefined ? DEFAULT_SECONDS : Number(modelTimeout);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600) {
    throw new RepairError("usage", `--model-timeout is "${modelTimeout}", which is no number of seconds`, {
      hint: "give a whole number from 1 to 3600",
    });
  }
  return { planner: planner ?? "auto", modelTimeoutMs: seconds * 1_000 };
}

/** The flag that was given although nothing is planned. */
export function plannerFlagIn({ planner, modelTimeout, saveTranscript }: PlannerFlags): string | undefined {
  if (planner !== undefined) return "--planner";
  if (modelTimeout !== undefined) return "--model-timeout";
  return saveTranscript === true ? "--save-transcript" : undefined;
}
