import { readFact, type Facts } from "../core/fact.ts";
import { takenFromShell } from "../core/local-facts.ts";
import type { Plan } from "../core/plan.ts";

/** What a plan that runs Compose says of the shell; nothing where Compose takes nothing from there. */
export function shellVariablesOf(facts: Facts): Pick<Plan, "shellVariables"> {
  const taken = readFact(facts, takenFromShell()) ?? [];
  return taken.length === 0 ? {} : { shellVariables: [...taken] };
}
