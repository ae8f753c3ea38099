import { readFact, type Facts } from "../../../core/fact.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { UndoAccount } from "../../../core/records/undo-account.ts";
import type { AfterUndo } from "../../family.ts";
import { composeCommand, engineStatus, portHolder } from "../facts/local-facts.ts";

/** What a person does after an undo: the files are back, the containers are as they were. */
export function afterUndo(
  { stillRunning, target }: Pick<UndoAccount, "stillRunning" | "target">,
  facts: Facts | undefined,
  directory: string,
): AfterUndo {
  if (facts === undefined || readFact(facts, engineStatus()) !== "reachable") {
    const unseen = "what still runs could not be looked at, because Docker did not answer";
    return { sentences: [unseen], commands: [], isUnseen: true };
  }
  if (stillRunning.length === 0) return { sentences: [], commands: [], isUnseen: false };
  const held = [...new Set(stillRunning.flatMap(({ files }) => files))].flatMap((port) => {
    const holder = readFact(facts, portHolder(port));
    if (holder?.kind !== "container" && holder?.kind !== "process") return [];
    return [`port ${port} is held by ${holder.kind} ${holder.name ?? ""}`.trimEnd()];
  });
  const compose =
    readFact(facts, composeCommand())?.flavour === "standalone" ? "docker-compose" : "docker compose";
  const project = target.project === undefined ? "" : ` -p ${shellWord(target.project)}`;
  const here = directory === "." ? "" : `cd ${shellWord(directory)} && `;
  const services = stillRunning.map(({ service }) => shellWord(service)).join(" ");
  const up = `${here}${compose}${project} up -d --no-deps --force-recreate ${services}`;
  return {
    sentences: [
      "the files are back, the containers still run as the run started them; this recreates them from the files: volumes stay, but what they hold besides is gone with them",
      ...(held.length === 0 ? [] : [`it will fail while ${held.join(" and ")}`]),
    ],
    commands: [up],
    isUnseen: false,
  };
}
