import { FactsDraft, type Facts } from "../core/fact.ts";
import { containerNetworksLacking, containerVolumeUsers } from "../core/local-facts.ts";
import type { Redact } from "../core/redact.ts";
import type { ComposeModel } from "../ports/compose.ts";
import type { Container, ContainerDetails, Network } from "../ports/docker.ts";
import { chosenContainer } from "./containers.ts";
import { networksLacking } from "./networks-lacking.ts";
import { volumeUsers } from "./volume-users.ts";

/** Which networks each service's container is off, and who else is on its volumes. */
export function connectionFacts(
  model: ComposeModel,
  observed: {
    readonly own: readonly ContainerDetails[];
    readonly containers: readonly Container[];
    readonly networks: readonly Network[];
  },
  redact: Redact,
): Facts {
  const { own, containers, networks } = observed;
  const draft = new FactsDraft();
  const chosen = model.services.flatMap((service) => {
    const container = chosenContainer(own, service.name);
    return container === undefined ? [] : [{ service, container }];
  });
  const meant = new Set(chosen.map(({ container }) => container.id));
  for (const { service, container } of chosen) {
    const lacking = networksLacking(container, service, networks);
    if (lacking.length > 0)
      draft.set(
        containerNetworksLacking(service.name),
        lacking.map((one) => ({ ...one, aliases: [...one.aliases] })),
      );
    const users = volumeUsers(container, containers, meant, redact);
    if (users.length > 0) draft.set(containerVolumeUsers(service.name), [...users]);
  }
  return draft.facts();
}
