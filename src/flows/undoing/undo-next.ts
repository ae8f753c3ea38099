import type { Facts } from "../../core/fact.ts";
import type { TargetFamily } from "../../targets/family.ts";
import type { UndoAccount } from "../../core/records/undo-account.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import { dirFlag } from "../../ui/text/section.ts";

/** What a person does after an undo: the files are back, what runs is as it was. */
export function nextAfterUndo(
  family: TargetFamily,
  { stillRunning, target, steps, result }: UndoAccount,
  facts: Facts | undefined,
  { dir }: { readonly dir: string },
): { readonly sentences: readonly string[]; readonly commands: readonly string[] } {
  const where = dirFlag(dir);
  const open = steps.filter(({ state }) => state === "declined" || state === "not-run").map(({ id }) => id);
  const again = [
    ...(open.length === 0 ? [] : [`gh devlake repair undo ${shellWord(result.path)}${where}`]),
    ...(steps.some(({ state }) => state === "stale" || state === "failed")
      ? [`gh devlake repair --plan-only${where}`]
      : []),
  ];
  const { sentences, commands, isUnseen } = family.words.afterUndo({ stillRunning, target }, facts, dir);
  return {
    sentences,
    commands: [...again, ...commands, ...(isUnseen ? [`gh devlake repair --plan-only${where}`] : [])],
  };
}
