import { z } from "zod";
import { digestBytes, digestPattern, type Digest } from "../core/text/digest.ts";
import { errorText, RepairError } from "../core/errors.ts";
import type { Json } from "../core/text/json.ts";
import type { Execution, StepContext, WritePorts } from "./define-tool.ts";

/** One file as it was and as it will be; `before` undefined: it does not exist yet. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

const UndoFilesSchema = z.strictObject({
  files: z.array(
    z.strictObject({
      path: z.string(),
      /** Name of the copy in the run's directory; null: the file did not exist. */
      backup: z.string().nullable(),
      after: z.custom<Digest>((value) => typeof value === "string" && digestPattern.test(value)),
    }),
  ),
});

export type UndoFile = z.infer<typeof UndoFilesSchema>["files"][number];

/** The files that an undo record speaks of; undefined when it is one of another kind. */
export function filesOfUndo(record: Json): readonly UndoFile[] | undefined {
  return UndoFilesSchema.safeParse(record).data?.files;
}

/** Copies every file that will change into the run's directory; the record that `undoFileChanges` takes. */
export async function backUpFiles(changes: readonly FileChange[], context: StepContext): Promise<Json> {
  const files = [];
  for (const { path, before, after } of changes) {
    const backup = before === undefined ? null : await context.backUp(path, before);
    files.push({ path, backup, after: digestBytes(after) });
  }
  return { files };
}

export async function writeFileChanges(
  changes: readonly FileChange[],
  write: WritePorts,
): Promise<Execution> {
  const written: string[] = [];
  for (const { path, before, after } of changes) {
    try {
      await write.files.replace(path, before, after);
      written.push(path);
    } catch (thrown) {
      if (!(thrown instanceof RepairError)) throw thrown;
      const so = written.length === 0 ? "" : ` (already written: ${written.join(", ")})`;
      return { kind: "failed", transient: false, message: `${thrown.message}${so}` };
    }
  }
  return { kind: "done", note: `wrote ${written.join(", ")}` };
}

/** Puts the files back byte for byte, unless somebody else has changed one since. */
export async function undoFileChanges(
  record: Json,
  write: WritePorts,
  context: StepContext,
): Promise<Execution> {
  const problems: string[] = [];
  for (const { path, backup, after } of UndoFilesSchema.parse(record).files) {
    try {
      const original = backup === null ? undefined : await context.readBackUp(backup);
      const problem = await restoreFile(path, original, after, write);
      if (problem !== undefined) problems.push(problem);
    } catch (thrown) {
      problems.push(`${path}: ${context.redact(errorText(thrown))}`);
    }
  }
  if (problems.length > 0) return { kind: "failed", transient: false, message: problems.join("; ") };
  return { kind: "done", note: "the files are as they were, byte for byte" };
}

async function restoreFile(
  path: string,
  original: string | undefined,
  after: string,
  { files }: WritePorts,
): Promise<string | undefined> {
  const current = (await files.kindOf(path)) === "absent" ? undefined : await files.readText(path);
  if (current === original) return undefined;
  if (current === undefined || digestBytes(current) !== after) {
    return `${path} has been changed by somebody else since; it was left as it is`;
  }
  if (original === undefined) await files.remove(path, current);
  else await files.replace(path, current, original);
  return undefined;
}
