import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { madeFrom } from "../facts/local-facts.ts";
import { otherFilesText } from "../facts/made-from-text.ts";
import type { UnmetPrecondition } from "../../define-tool.ts";

/** For `reads` of a tool that edits these files, or creates or recreates containers from them. */
export function madeFromFacts(facts: Facts): readonly FactRef<unknown>[] {
  return facts.has(madeFrom().id) ? [madeFrom()] : [];
}

/**
 * Containers that were made from other files than those that were read here would become something else by a creation or
 * a recreation from these, and an edit of these is none of theirs.
 */
export function otherFilesProblems(facts: Facts): readonly UnmetPrecondition[] {
  const made = readFact(facts, madeFrom());
  if (made?.status !== "other_files") return [];
  return [{ fact: madeFrom().id, message: otherFilesText(made) }];
}
