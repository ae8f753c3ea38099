import { readFact, type Facts } from "../../../core/fact.ts";
import type { FilesApplied } from "../facts/fact-values.ts";
import { containerState, databaseMounts, filesApplied } from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";

/** Something that is lost, or lost from sight, once Compose makes containers anew from the files. */
export interface StartLoss {
  readonly kind: "secret" | "database_url" | "database_mounts";
  readonly fact: string;
  /** Goes behind "a start" or "compose up". */
  readonly message: string;
}

/** Parts of DB_URL that say which database it is; with another user or password it is the same one. */
const whichDatabase = ["scheme", "host", "port", "database"] as const;

/**
 * What the next start would lose: `compose up` makes a container anew where the files say something else than it was
 * made with, also one that runs, and what only its environment held is gone then.
 */
export function whatAStartWouldLose(facts: Facts): readonly StartLoss[] {
  const losses: StartLoss[] = [];
  const backend = serviceOfRole(facts, "backend")?.service;
  const files = readFact(facts, filesApplied());
  if (backend !== undefined && files !== undefined && exists(facts, backend)) {
    const fact = filesApplied().id;
    if (files.secret === "differs")
      losses.push({
        kind: "secret",
        fact,
        message: `would make the container of ${backend} anew with the ENCRYPTION_SECRET of the files, which is another: the only copy of the one it has would be gone`,
      });
    const moved = movedDatabase(files);
    if (moved !== undefined)
      losses.push({ kind: "database_url", fact, message: `would bring ${backend} up ${moved}` });
  }
  const database = serviceOfRole(facts, "database")?.service;
  if (database !== undefined && readFact(facts, databaseMounts()) === "differs" && exists(facts, database))
    losses.push({
      kind: "database_mounts",
      fact: databaseMounts().id,
      message: `would make the container of ${database} anew on another volume than the one with the data`,
    });
  return losses;
}

function movedDatabase({ databaseUrl, parts }: FilesApplied): string | undefined {
  if (databaseUrl === "only_container") return "without DB_URL, which only its container has";
  if (databaseUrl !== "differs") return undefined;
  if (parts === undefined) return "with another DB_URL, perhaps of another database";
  const moved = whichDatabase.filter((part) => parts[part] !== "same" && parts[part] !== "neither");
  return moved.length === 0
    ? undefined
    : `on another database: the DB_URL of the files has another ${moved.join(", ")}`;
}

function exists(facts: Facts, service: string): boolean {
  return (readFact(facts, containerState(service)) ?? "absent") !== "absent";
}
