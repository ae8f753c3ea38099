import type { ComposeModel } from "../ports/compose.ts";
import type { Container, ContainerDetails } from "../ports/docker.ts";

/** `elsewhere`: an address, or a name with dots; `nobody`: no container, alias or service bears the name. */
export type HostBearer = "service" | "container" | "elsewhere" | "nobody";

/** Docker's resolver answers for services, their aliases and containers; a name with a dot may be anybody's. */
export function bearerOf(
  host: string,
  { services }: ComposeModel,
  own: readonly ContainerDetails[],
  all: readonly Container[],
): HostBearer {
  if (services.some(({ name }) => name === host)) return "service";
  const aliases = own.flatMap(({ networks }) => networks.flatMap(({ aliases: names = [] }) => names));
  if (aliases.includes(host)) return "container";
  if (all.some(({ name, id }) => name === host || id.startsWith(host))) return "container";
  // Containers of other projects may have aliases on a network that is shared.
  return /[.:]/.test(host) || host === "localhost" ? "elsewhere" : "nobody";
}
