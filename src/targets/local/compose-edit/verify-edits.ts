import type { Edit } from "./apply-edits.ts";
import { changedLeaves, describeAddress } from "./effective-model.ts";
import { openProject, type Project } from "./project.ts";
import { rereadScalars } from "./reread-scalars.ts";
import type { ComposeSource, EditedFile, Refusal } from "./types.ts";

export interface EditsToVerify {
  readonly project: Project;
  readonly sources: readonly ComposeSource[];
  readonly files: readonly EditedFile[];
  readonly edits: readonly Edit[];
  /** What each leaf must be after, by its address. */
  readonly expected: ReadonlyMap<string, string>;
}

/**
 * Reads the edited texts again and compares what they mean: exactly the expected leaves must differ, each with
 * exactly its expected value. Anything else that moved, through an anchor or a variable used twice, is a refusal.
 */
export function verifyEdits(
  request: EditsToVerify,
  reading: "whole files" | "edited scalars" = "whole files",
): readonly Refusal[] {
  const quick = reading === "edited scalars" ? changedScalars(request) : undefined;
  const changed = quick ?? changedByWholeFiles(request);
  return "refusals" in changed ? changed.refusals : misfits(changed, request.expected);
}

function changedByWholeFiles({
  project,
  sources,
  files,
}: EditsToVerify): ReadonlyMap<string, string | undefined> | { readonly refusals: readonly Refusal[] } {
  const edited = sources.map((source) => {
    const after = files.find((file) => file.path === source.path)?.after ?? source.text;
    return { ...source, text: after };
  });
  const reopened = openProject(edited, project.environment);
  return "refusals" in reopened ? reopened : changedLeaves(project, reopened.project);
}

/** undefined unless all edits are in Compose files: a dotenv file changes what is written elsewhere. */
function changedScalars({ project, edits }: EditsToVerify): ReadonlyMap<string, string> | undefined {
  const files = project.composeFiles.map((file) => ({
    file,
    own: edits.filter(({ range }) => range.path === file.path),
  }));
  if (files.reduce((sum, { own }) => sum + own.length, 0) !== edits.length) return undefined;
  const changed = files.map(({ file, own }) =>
    own.length === 0 ? new Map<string, string>() : rereadScalars(file, own, project.lookup),
  );
  const known = changed.filter((leaves) => leaves !== undefined);
  return known.length === changed.length ? new Map(known.flatMap((leaves) => [...leaves])) : undefined;
}

function misfits(
  changed: ReadonlyMap<string, string | undefined>,
  expected: EditsToVerify["expected"],
): readonly Refusal[] {
  const side = [...changed.keys()].filter((address) => !expected.has(address)).map(alsoChanges);
  if (side.length > 0) return side;
  const missed = [...expected].filter(([address, value]) => changed.get(address) !== value);
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
