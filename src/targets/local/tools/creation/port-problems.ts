import { readFact, type Facts } from "../../../../core/fact.ts";
import { containerState, portHolder, serviceModel } from "../../facts/local-facts.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";

/** The TCP host ports that the files want of a service; of others nobody can tell who holds them. */
export function wantedHostPorts(facts: Facts, service: string): readonly number[] {
  const ports = readFact(facts, serviceModel(service))?.ports ?? [];
  const tcp = ports.filter(({ protocol }) => protocol === "tcp").map(({ published }) => published);
  return [...new Set(tcp)];
}

/** Ports that the service cannot have; one that its own container has stays its own. */
export function portProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const isMade = (readFact(facts, containerState(service)) ?? "absent") !== "absent";
  return wantedHostPorts(facts, service).flatMap((port) => {
    const holder = readFact(facts, portHolder(port));
    // An engine on another host does not show who holds a port: Compose itself will find out.
    if (holder === undefined || holder.kind === "free" || holder.kind === "unknown") return [];
    if (holder.kind === "own" && holder.service === service && isMade) return [];
    const who =
      holder.kind === "own"
        ? `a container of service "${holder.service}"`
        : `${holder.kind}${holder.name === undefined ? "" : ` "${holder.name}"`}`;
    return [{ fact: portHolder(port).id, message: `port ${port} of ${service} is held by ${who}` }];
  });
}
