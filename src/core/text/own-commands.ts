/** The last of the next steps; a plan says it once, at the end, however many findings it has. */
export const RUN_AGAIN = "then run again: `gh devlake repair`";
/** For a deployment that is not where it was looked for. */
export const RUN_ELSEWHERE = "`gh devlake repair --dir DIRECTORY`";

export const NEW_PLAN = "make a new plan: gh devlake repair --plan-only";
export const NEW_PLAN_WITH_THIS = "make a new plan with this program: gh devlake repair --plan-only";
export const BY_RULES_ALONE = "or plan by the rules alone: --planner offline";

/** The way out for an approval that nobody gave. */
export function nameTheSteps(ids: readonly string[]): string {
  return `run it in a terminal, or name the steps: --approve ${ids.join(",")}`;
}
