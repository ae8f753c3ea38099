import type { LackingNetwork } from "../../facts/change-facts.ts";
import type { ContainerDetails, Network } from "../../ports/docker.ts";
import { wantedEndpoints } from "./network-rules.ts";
import { textOf, type About, type Printed } from "./setting.ts";

/** Modes in which a container is on no network of its own. */
const otherModes = /^(?:host|none|private|slirp4netns|pasta|[a-z0-9]+:.*)$/;

/**
 * Networks of the files that exist and that the container is not on, in whatever state it is. One that it lists by the
 * id of a network that is gone is lacking too: it cannot start on it, and connecting it takes the place of that one.
 */
export function networksLacking(
  { networks: joined, networkMode = "", name }: Pick<ContainerDetails, "networks" | "networkMode" | "name">,
  service: Printed,
  about: Pick<About, "networks" | "project" | "service">,
  networks: readonly Network[],
): LackingNetwork[] {
  if (otherModes.test(networkMode) || textOf(service["network_mode"]) !== undefined) return [];
  const isOn = (network: Network): boolean =>
    joined.some((one) => (one.id === "" ? one.name === network.name : one.id === network.id));
  const wanted = wantedEndpoints(service, about);
  const lacking = wanted.flatMap(({ network: wantedName, aliases, ipv4, ipv6 }) => {
    const network = networks.find((one) => one.name === wantedName);
    if (network === undefined || isOn(network)) return [];
    return [
      {
        network: network.name,
        id: network.id,
        aliases: [...new Set([name, about.service, ...aliases])],
        ...(ipv4 !== undefined && { ipv4 }),
        ...(ipv6 !== undefined && { ipv6 }),
      },
    ];
  });
  // What it was made for and the files no longer name: as it is, it starts on nothing else.
  const first = networks.find((one) => one.name === networkMode || one.id === networkMode);
  const isForgotten = first !== undefined && wanted.every(({ network }) => network !== first.name);
  if (!isForgotten || isOn(first) || isBuiltIn(first.name)) return lacking;
  return [...lacking, { network: first.name, id: first.id, aliases: [name, about.service] }];
}

function isBuiltIn(network: string): boolean {
  return ["bridge", "host", "none"].includes(network);
}
