import { describeAddress, differences, effectiveModel } from "./effective-model.ts";
import { openProject, type Project } from "./project.ts";
import type { ComposeSource, EditedFile, Refusal } from "./types.ts";

/**
 * Reads the edited texts again and compares what they mean: exactly the expected leaves must differ, each with
 * exactly its expected value. Anything else that moved, through an anchor or a variable used twice, is a refusal.
 */
export function verifyEdits(
  project: Project,
  sources: readonly ComposeSource[],
  files: readonly EditedFile[],
  expected: ReadonlyMap<string, string>,
): readonly Refusal[] {
  const edited = sources.map((source) => {
    const after = files.find((file) => file.path === source.path)?.after ?? source.text;
    return { ...source, text: after };
  });
  const reopened = openProject(edited, project.environment);
  if ("refusals" in reopened) return reopened.refusals;
  const before = effectiveModel(project);
  const after = effectiveModel(reopened.project);
  const moved = new Set(differences(before, after));
  const side = [...moved].filter((address) => !expected.has(address)).map(alsoChanges);
  if (side.length > 0) return side;
  const missed = [...expected].filter(
    ([address, value]) => after.get(address) !== value || !moved.has(address),
  );
  return missed.map(([address]) => {
    const { path, keys } = describeAddress(address);
    return {
      path,
      reason: `the edit of ${keys.join(".")} in ${path} would not lead to the wanted value: edit it by hand`,
    };
  });
}

function alsoChanges(address: string): Refusal {
  const { path, keys } = describeAddress(address);
  const place = keys.join(".");
  const service = keys[0] === "services" ? keys[1] : undefined;
  const reason =
    `the edit would also change ${place} in ${path}, through a shared YAML anchor or variable: ` +
    `write the host port of the moved service out as a number of its own`;
  return { path, reason, service };
}
