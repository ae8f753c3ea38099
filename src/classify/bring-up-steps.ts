import { readFact, type Facts } from "../core/fact.ts";
import { containerName, containerState, containerUnnamedData } from "../core/local-facts.ts";
import { wayOf } from "./bring-up-remedies.ts";
import { createMissing, recreateLosing, removeLosing, startContainers } from "./typed-commands.ts";

/** What a person types to bring services up: each command touches the named services alone, and says what it loses. */
export function bringUpSteps(facts: Facts, down: readonly string[]): readonly string[] {
  const by = (way: ReturnType<typeof wayOf>): readonly string[] =>
    down.filter((service) => wayOf(facts, service) === way);
  // Where the data would go with the container, its own finding says how to keep them first.
  const losesNoData = (service: string): boolean =>
    (readFact(facts, containerUnnamedData(service)) ?? []).length === 0;
  const dead = by(undefined)
    .filter((service) => readFact(facts, containerState(service)) === "dead")
    .filter(losesNoData);
  const recreate = by("recreate").filter(losesNoData);
  const [start, create] = [by("start"), [...by("create"), ...dead]];
  const unnamed = [...start, ...dead].some((service) => !facts.has(containerName(service).id));
  return [
    ...(unnamed ? ["see what the containers are called: `docker ps -a`"] : []),
    ...(dead.length === 0
      ? []
      : [`remove what can never start again, ${dead.join(", ")}; ${removeLosing(facts, dead)}`]),
    ...(start.length === 0 ? [] : [`start what is stopped, as it is: ${startContainers(facts, start)}`]),
    ...(create.length === 0
      ? []
      : [`create and start what has no container, and nothing else: ${createMissing(create)}`]),
    ...(recreate.length === 0 ? [] : [`recreate ${recreate.join(", ")}; ${recreateLosing(facts, recreate)}`]),
  ];
}
