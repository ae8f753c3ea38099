import { readFact, type Facts } from "../../../core/fact.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import { containerNetworkMissing, containerState } from "../facts/local-facts.ts";

/** Whether the container of a service can't go on as it is: only another one made from the files would. */
export function needsRecreation(facts: Facts, service: string): boolean {
  const state = readFact(facts, containerState(service)) ?? "absent";
  if (state === "absent") return false;
  return (
    state === "dead" ||
    hasOldPorts(facts, service) ||
    (state !== "running" && readFact(facts, containerNetworkMissing(service)) === true)
  );
}
