import type { Facts } from "../core/fact.ts";
import type { Plan } from "../core/plan.ts";
import type { TargetFamily } from "../targets/family.ts";

/** What a plan says of the shell's variables that its steps take in; nothing where they take none. */
export function shellVariablesOf(family: TargetFamily, facts: Facts): Pick<Plan, "shellVariables"> {
  const taken = family.shellVariables(facts);
  return taken.length === 0 ? {} : { shellVariables: [...taken] };
}
