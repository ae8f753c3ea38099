import type { LackingNetwork } from "../core/change-facts.ts";
import type { ComposeService } from "../ports/compose.ts";
import type { ContainerDetails, Network } from "../ports/docker.ts";

/** Not names of networks, or of one that a container need not be on: Docker's, Podman's. */
const otherModes = /^(?:|default|bridge|nat|host|none|private|slirp4netns|pasta|[a-z0-9]+:.*)$/;

/**
 * The networks of the files, and the one that it was made for, that the engine has and the container is not on, whatever
 * its state, with what Compose would give it there: the service's name and the aliases and addresses of the files.
 */
export function networksLacking(
  { networkMode = "", networks: joined }: ContainerDetails,
  { name: service, networks: wanted = [], attachments = {} }: ComposeService,
  networks: readonly Network[],
): readonly LackingNetwork[] {
  if (otherModes.test(networkMode)) return [];
  const known = [networkMode, ...wanted].flatMap(
    (want) => networks.find(({ name, id }) => name === want || id === want) ?? [],
  );
  return [...new Set(known)]
    .filter(({ name, id }) => !joined.some((one) => (one.id === "" ? one.name === name : one.id === id)))
    .map(({ name, id }) => {
      const { aliases = [], ...addresses } = attachments[name] ?? {};
      return { network: name, id, aliases: [...new Set([service, ...aliases])], ...addresses };
    });
}
