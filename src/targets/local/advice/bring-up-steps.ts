import { readFact, type Facts } from "../../../core/fact.ts";
import { emptyStarts, type EmptyStart } from "../losses/empty-starts.ts";
import { containerName, containerState, containerUnnamedData, serviceModel } from "../facts/local-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { wayOf } from "./bring-up-remedies.ts";
import { leftoversOf, stepOfLeftover } from "./leftovers.ts";
import { createMissing, recreateLosing, removeLosing, startContainers } from "./typed-commands.ts";

/** What a person types to bring services up: each command touches the named services alone, and says what it loses. */
export function bringUpSteps(facts: Facts, all: readonly string[]): readonly string[] {
  const leftovers = leftoversOf(facts, all);
  // What else they need shows once there is one container of each.
  const down = all.filter((name) => !leftovers.some(({ service }) => service === name));
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
  const empty = emptyStarts(facts, by(undefined));
  return [
    ...leftovers.map(stepOfLeftover),
    ...empty.flatMap((one) => stepsOfEmptyStart(facts, one)),
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

/** The data is in one of the old volumes, or nowhere: nobody else can tell. */
function stepsOfEmptyStart(facts: Facts, { service, volume, forgotten }: EmptyStart): readonly string[] {
  const image = shellWord(readFact(facts, serviceModel(service))?.image ?? "IMAGE");
  return [
    ...forgotten.map(
      (old) =>
        `see whether volume ${old}, which the Compose files no longer name, has the data of ${service}: \`docker run --rm --entrypoint ls -v ${shellWord(`${old}:/old:ro`)} ${image} -la /old\``,
    ),
    `if one has it, let the Compose files name it again: \`name: VOLUME\` at the entry below volumes that ${service} uses`,
    `only if none has, start ${service} on the new, empty volume ${volume}: ${createMissing([service])}`,
  ];
}
