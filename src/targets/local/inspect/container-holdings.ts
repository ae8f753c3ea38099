import { secretsOnlyIn, secretVariablesOf } from "../losses/container-secrets.ts";
import { unnamedDataOf } from "../losses/data-places.ts";
import { FactsDraft, type Facts } from "../../../core/fact.ts";
import { onlyIn } from "../losses/kept-secrets.ts";
import {
  containerOnlySecrets,
  containerSecrets,
  containerUnnamedData,
  otherUnnamedData,
} from "../facts/local-facts.ts";
import { roleOf } from "../facts/service-role.ts";
import type { ComposeModel } from "../ports/compose.ts";
import type { ContainerDetails } from "../ports/docker.ts";
import { chosenContainer, SERVICE_LABEL, variablesOf } from "./containers.ts";
import { environmentOf, type HeldSecrets } from "./files/held-secrets.ts";

/** What the containers of a project hold that would be gone with them: secrets by their names, and data. */
export function holdingFacts(
  model: ComposeModel,
  own: readonly ContainerDetails[],
  { isHeld, secretNames }: HeldSecrets,
): Facts {
  const groups = secretsOnlyIn(
    own.map((container) => ({
      name: container.name,
      secrets: secretVariablesOf(environmentOf(container), secretNames),
    })),
    isHeld,
  );
  const draft = new FactsDraft().set(containerSecrets(), groups);
  const chosen = new Set<string>();
  for (const { name: service, image, environment = {} } of model.services) {
    const container = chosenContainer(own, service);
    if (container === undefined) continue;
    chosen.add(container.id);
    const only = onlyIn(groups, container.name);
    if (only.length > 0) draft.set(containerOnlySecrets(service), only);
    const data = dataOf(container, roleOf(service, image, Object.keys(environment)));
    if (data.length > 0) draft.set(containerUnnamedData(service), data);
  }
  const others = own
    .filter(({ id }) => !chosen.has(id))
    .map((container) => {
      const role = roleOf(container.labels[SERVICE_LABEL] ?? "", container.image, variablesOf(container));
      return { container: container.name, data: dataOf(container, role) };
    })
    .filter(({ data }) => data.length > 0)
    .sort((a, b) => (a.container < b.container ? -1 : 1));
  if (others.length > 0) draft.set(otherUnnamedData(), others);
  return draft.facts();
}

function dataOf(
  { image, env, command, startedAt, mounts }: ContainerDetails,
  role: ReturnType<typeof roleOf>,
) {
  return mounts === undefined
    ? []
    : unnamedDataOf({ role, image, env, command, hasRun: startedAt !== undefined, mounts });
}
