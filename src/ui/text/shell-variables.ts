import type { Plan } from "../../core/plan.ts";

export const SHELL_TITLE = "Taken from your shell";

/** Far more than anybody sets; the plan file has them all. */
const MOST_SHOWN = 20;

/** `GRAFANA_PORT (set), MYSQL_PASSWORD (set, over .env)`: names as the plan has them, not escaped; empty for none. */
export function shellVariablesText({ shellVariables = [] }: Pick<Plan, "shellVariables">): string {
  const shown = shellVariables
    .slice(0, MOST_SHOWN)
    .map((variable) => `${variable.name} (${stateOf(variable)})`);
  const left = shellVariables.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

function stateOf({ name, set, overEnvFile }: NonNullable<Plan["shellVariables"]>[number]): string {
  // "not set" would puzzle whoever has set it.
  if (/^GH_DEVLAKE_/i.test(name)) return "not passed on";
  return `${set ? "set" : "not set"}${overEnvFile ? ", over .env" : ""}`;
}
