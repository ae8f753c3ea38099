import type { DeploymentId, RunPlace } from "../core/records/deployment-id.ts";
import { RepairError } from "../core/errors.ts";
import { shellWord } from "../core/text/shell-word.ts";
import type { Target } from "../core/target.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { CliServices, OpenTarget } from "./services.ts";

/** undefined when nothing on the target can be told from another's. */
export function deploymentOf(
  target: Target,
  { families }: Pick<CliServices, "families">,
): DeploymentId | undefined {
  return families.find(({ kind }) => kind === target.kind)?.identity.deployment(target);
}

/** Where the runs of a plan keep their state; undefined when its target cannot be told from others. */
export function runPlaceOf(
  target: Target,
  planName: string,
  services: Pick<CliServices, "families">,
): RunPlace | undefined {
  const deployment = deploymentOf(target, services);
  return deployment && { deployment, planName };
}

/**
 * Throws RepairError `wrong_target` when a run that has begun was in another directory, which is still there: its files are
 * the ones that it changed, not those of a copy.
 */
export async function refuseOtherDirectory(
  recorded: string | undefined,
  { directory }: Pick<OpenTarget, "directory">,
  services: Pick<CliServices, "isElsewhere">,
): Promise<void> {
  if (recorded === undefined || !(await services.isElsewhere(recorded, directory))) return;
  throw new RepairError("wrong_target", `the run was in "${recorded}", and this is "${directory}"`, {
    hint: `name the directory that the run changed files in: --dir ${shellWord(recorded)}; nothing was changed`,
  });
}

/** What older versions left in the deployment's directory is not believed, so it is named. */
export async function tellOldRunState(
  { directory }: Pick<OpenTarget, "directory">,
  reporter: Reporter,
  services: Pick<CliServices, "hasOldRunState">,
): Promise<void> {
  if (!(await services.hasOldRunState(directory))) return;
  reporter.emit({
    type: "note",
    text: "run state of an older version in .devlake/repair is not used: it may hold copies of secrets, so move it out of the directory or remove it",
  });
}

/** What is thrown where a plan or a result names no deployment; `file` as the user named it. */
export function namesNoDeployment(file: string): string {
  return `"${file}" does not say which deployment it is of`;
}
