import type { FactRef, Facts } from "../../../../core/fact.ts";
import { containerState } from "../../facts/local-facts.ts";
import { recreationLossReads, whatRecreationLoses } from "../../losses/what-recreation-loses.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";

/** What is lost, or lost from sight, with the containers of these services. */
export function lossProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return whatRecreationLoses(facts, services).map(({ fact, message }) => ({ fact, message }));
}

/** The facts that say so. A container in a restart loop is seen now running, now restarting: the step itself reads what of that matters. */
export function lossReads(facts: Facts, services: readonly string[]): readonly FactRef<unknown>[] {
  return recreationLossReads(facts, services).filter(({ kind }) => kind.pattern !== containerState.pattern);
}
