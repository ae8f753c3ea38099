import { readFact, type Facts } from "../core/fact.ts";
import { composeCommand, engineStatus, portHolder } from "../core/local-facts.ts";
import type { UndoAccount } from "../core/undo-account.ts";
import { shellWord } from "../core/shell-word.ts";
import { dirFlag } from "../ui/section.ts";

/** What a person does after an undo: the files are back, the containers are as they were. */
export function nextAfterUndo(
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
  if (facts === undefined || readFact(facts, engineStatus()) !== "reachable") {
    const unseen = "what still runs could not be looked at, because Docker did not answer";
    return { sentences: [unseen], commands: [...again, `gh devlake repair --plan-only${where}`] };
  }
  if (stillRunning.length === 0) return { sentences: [], commands: again };
  const held = [...new Set(stillRunning.flatMap(({ files }) => files))].flatMap((port) => {
    const holder = readFact(facts, portHolder(port));
    if (holder?.kind !== "container" && holder?.kind !== "process") return [];
    return [`port ${port} is held by ${holder.kind} ${holder.name ?? ""}`.trimEnd()];
  });
  const compose =
    readFact(facts, composeCommand())?.flavour === "standalone" ? "docker-compose" : "docker compose";
  const project = target.project === undefined ? "" : ` -p ${shellWord(target.project)}`;
  const up = `${dir === "." ? "" : `cd ${shellWord(dir)} && `}${compose}${project} up -d`;
  return {
    sentences: [
      "the files are back, the containers still run as the run started them; this makes them anew from the files",
      ...(held.length === 0 ? [] : [`it will fail while ${held.join(" and ")}`]),
    ],
    commands: [...again, up],
  };
}
