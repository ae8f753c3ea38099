import { deploymentOf, type RunPlace } from "../core/deployment-id.ts";
import { RepairError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import type { Target } from "../core/target.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { CliServices, OpenTarget } from "./services.ts";

/** Where the runs of a plan keep their state; undefined when its target cannot be told from others. */
export function runPlaceOf(target: Target, planName: string): RunPlace | undefined {
  const deployment = deploymentOf(target);
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
