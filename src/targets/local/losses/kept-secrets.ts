import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import { containerName, containerOnlySecrets, containerSecrets, services } from "../facts/local-facts.ts";
import type { ContainerSecrets } from "../facts/change-facts.ts";

/** The facts once these containers, by name, are gone: what others hold too is then theirs alone, perhaps. */
export function withoutHolders(facts: Facts, containers: readonly string[]): Facts {
  const groups = readFact(facts, containerSecrets());
  if (groups === undefined) return facts;
  const left = groups.map(({ variables, containers: holders }) => ({
    variables,
    containers: holders.filter((name) => !containers.includes(name)),
  }));
  return withGroups(
    facts,
    left.filter(({ containers: holders }) => holders.length > 0),
  );
}

/** The facts once the secrets of these containers are saved: whoever else holds them holds no last copy. */
export function withSavedSecrets(facts: Facts, containers: readonly string[]): Facts {
  const groups = readFact(facts, containerSecrets());
  if (groups === undefined) return facts;
  const left = groups.filter(({ containers: holders }) => !holders.some((name) => containers.includes(name)));
  return withGroups(facts, left);
}

function withGroups(facts: Facts, groups: readonly ContainerSecrets[]): Facts {
  const draft = new FactsDraft(facts).set(containerSecrets(), joined(groups));
  for (const service of readFact(facts, services()) ?? []) {
    const only = onlyIn(groups, readFact(facts, containerName(service)));
    if (only.length === 0) draft.remove(containerOnlySecrets(service));
    else draft.set(containerOnlySecrets(service), only);
  }
  return draft.facts();
}

/** Names of the secrets that this container alone holds. */
export function onlyIn(groups: readonly ContainerSecrets[], container: string | undefined): string[] {
  return groups
    .filter(({ containers }) => containers.length === 1 && containers[0] === container)
    .flatMap(({ variables }) => variables)
    .sort();
}

/** As a look at the engine has them: those of the same holders together. */
function joined(groups: readonly ContainerSecrets[]): ContainerSecrets[] {
  const byHolders = new Map<string, ContainerSecrets>();
  for (const { variables, containers } of groups) {
    const key = containers.join(" ");
    const all = [...new Set([...(byHolders.get(key)?.variables ?? []), ...variables])].sort();
    byHolders.set(key, { variables: all, containers });
  }
  return [...byHolders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
