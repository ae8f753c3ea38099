import { RepairError } from "../core/errors.ts";
import { defaultPolicy } from "../core/policy/policy.ts";
import { failureModes, timeoutIn } from "./apply-flags.ts";
import { plannerArgs, plannerFlagIn, type PlannerFlags } from "./planner-wish.ts";
import { POLICY_FLAG } from "./flag-words.ts";

/** The flags of `gh devlake repair` itself. */
export const repairArgs = {
  planOnly: { type: "boolean", description: "inspect and write a plan file; change nothing" },
  apply: {
    type: "string",
    valueHint: "FILE",
    description: "apply a plan file, asking before each mutating step",
  },
  approve: {
    type: "string",
    valueHint: "IDS|safe",
    description:
      "with --apply, instead of asking: approve these steps (s1,s2), or (safe) only those that edit files of this directory or connect its containers to their networks, and can be undone",
  },
  resume: {
    type: "boolean",
    description: "with --apply: finish or restore a run of the plan that was cut off, and sign what it did",
  },
  facts: {
    type: "string",
    valueHint: "FILE",
    description: "with --plan-only: plan from a facts bundle instead of a live target",
  },
  output: {
    type: "string",
    alias: "o",
    valueHint: "FILE",
    description: "where the plan goes (default: plans/DATE-CAUSE.plan.yaml)",
  },
  force: { type: "boolean", description: "with -o: overwrite the file" },
  dir: { type: "string", valueHint: "DIRECTORY", default: ".", description: "the deployment's directory" },
  key: {
    type: "string",
    valueHint: "FILE",
    description: "Ed25519 private key that signs the result (default: your own, made on first use)",
  },
  onFailure: {
    type: "enum",
    options: failureModes,
    valueHint: "restore|keep",
    description:
      "what to do when a step fails: take back what was changed, or keep it (default: the policy's, else restore)",
  },
  timeout: {
    type: "string",
    valueHint: "SECONDS",
    description: "time for a whole run (default: the policy's, else 900)",
  },
  policy: {
    type: "string",
    valueHint: "FILE",
    description: POLICY_FLAG,
  },
  ...plannerArgs,
  json: { type: "boolean", description: "print the plan or the result as JSON" },
  detailedExitcode: { type: "boolean", description: "with --plan-only: exit 2 when the plan has steps" },
  noInput: { type: "boolean", description: "never ask, even in a terminal" },
  verbose: { type: "boolean", description: "print stack traces" },
} as const;

/** What was given of them. */
export interface RepairFlags extends PlannerFlags {
  readonly planOnly?: boolean | undefined;
  readonly apply?: string | undefined;
  readonly approve?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly facts?: string | undefined;
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
  readonly dir: string;
  readonly key?: string | undefined;
  readonly onFailure?: "restore" | "keep" | undefined;
  readonly timeout?: string | undefined;
  readonly policy?: string | undefined;
  readonly json?: boolean | undefined;
  readonly detailedExitcode?: boolean | undefined;
  readonly noInput?: boolean | undefined;
}

/** Throws `usage` for flags that do not go together, and for values that could only fail later. */
export function checkRepairFlags(given: RepairFlags): void {
  // The policy's own has been checked with its file.
  timeoutIn(given, defaultPolicy);
  if (given.planOnly === true && given.apply !== undefined) throw conflict("--plan-only", "--apply");
  if (given.planOnly === true && given.approve !== undefined) throw conflict("--plan-only", "--approve");
  if (given.facts !== undefined && given.planOnly !== true) {
    throw new RepairError(
      "usage",
      "--facts needs --plan-only: saved facts can be planned from, not repaired",
      {
        hint: "gh devlake repair --plan-only --facts FILE",
      },
    );
  }
  if (given.apply !== undefined && given.output !== undefined) throw conflict("--apply", "-o");
  if (given.resume === true && given.apply === undefined) {
    throw new RepairError("usage", "--resume needs --apply FILE: the plan whose run was cut off", {
      hint: "gh devlake repair --apply FILE --resume",
    });
  }
  // An approval is of steps that somebody has seen: those of a plan file, never of a plan still to be made.
  if (given.approve !== undefined && given.apply === undefined) {
    throw new RepairError("usage", "--approve needs --apply FILE: the plan whose steps are approved", {
      hint: "make the plan first, and read it: gh devlake repair --plan-only",
    });
  }
  if (given.detailedExitcode === true && given.planOnly !== true) {
    throw new RepairError("usage", "--detailed-exitcode needs --plan-only: it tells what a plan holds", {
      hint: "gh devlake repair --plan-only --detailed-exitcode",
    });
  }
  const planning = plannerFlagIn(given);
  if (given.apply !== undefined && planning !== undefined) throw conflict("--apply", planning);
}

function conflict(a: string, b: string): RepairError {
  return new RepairError("usage", `${a} does not go with ${b}`, {
    hint: "gh devlake repair --help shows what goes together",
  });
}
