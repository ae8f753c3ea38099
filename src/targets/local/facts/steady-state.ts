import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { containerState } from "./local-facts.ts";

/** A container in a restart loop is seen now running, now restarting: for the step that is the same. */
export function steadyState(facts: Facts, service: string): readonly FactRef<unknown>[] {
  const state = readFact(facts, containerState(service));
  return state === "running" || state === "restarting" ? [] : [containerState(service)];
}
