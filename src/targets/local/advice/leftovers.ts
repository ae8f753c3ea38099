import { readFact, type Facts } from "../../../core/fact.ts";
import type { ContainerState } from "../facts/fact-values.ts";
import { containerName, surplusContainers } from "../facts/local-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";

/** A container that a recreation made under a name of its own, and was cut off before it took the old one's place. */
export interface Leftover {
  readonly service: string;
  readonly name: string;
  readonly state: ContainerState;
  /** The old container is gone: this one is all that the service has. */
  readonly isAlone: boolean;
}

export function leftoversOf(facts: Facts, services: readonly string[]): readonly Leftover[] {
  return (readFact(facts, surplusContainers()) ?? [])
    .filter(({ kind, service }) => kind === "leftover" && services.includes(service))
    .map(({ name, service, state }) => ({
      service,
      name,
      state,
      isAlone: (readFact(facts, containerName(service)) ?? name) === name,
    }));
}

/** What a person types about one; the name that it should bear follows twelve digits of the old container's id. */
export function stepOfLeftover({ service, name, state, isAlone }: Leftover): string {
  const proper = name.replace(/^[0-9a-f]{12}_/, "");
  return isAlone
    ? `finish the recreation of ${service} that was cut off: \`docker rename ${shellWord(name)} ${shellWord(proper)}\``
    : `remove what a recreation of ${service} that was cut off has left${state === "created" ? ", it never ran" : ""}: \`docker rm ${shellWord(name)}\``;
}
