import { movePublishedPorts } from "../compose-edit/move-published-ports.ts";
import type { ComposeSource, EditOutcome, EditRequest, PortMove } from "../compose-edit/types.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { composeSource, composeSources, serviceModel, serviceRole, shellVariables } from "./local-facts.ts";

/** New host port by service name. */
export type PortBundle = Readonly<Record<string, number>>;

/** The moves that a bundle asks for; `unclear` names a service that does not publish exactly one TCP port. */
export function movesOf(
  facts: Facts,
  bundle: PortBundle,
): readonly (PortMove | { readonly unclear: string })[] {
  return Object.entries(bundle).map(([service, to]) => {
    const ports =
      readFact(facts, serviceModel(service))?.ports.filter(({ protocol }) => protocol === "tcp") ?? [];
    const [port] = ports;
    if (port === undefined || ports.some(({ published }) => published !== port.published))
      return { unclear: service };
    return { service, from: port.published, to, target: port.target, protocol: "tcp" };
  });
}

/** The sources as the facts hold them: secret values masked, all lines in place. */
export function sourcesInFacts(facts: Facts): readonly ComposeSource[] {
  return (readFact(facts, composeSources()) ?? []).flatMap(({ path, role }) => {
    const text = readFact(facts, composeSource(path))?.text;
    return text === undefined ? [] : [{ path, role, text }];
  });
}

/** The edit that moves the ports: the one builder that preview, simulation and execution share. */
export function editPorts(
  facts: Facts,
  bundle: PortBundle,
  sources: readonly ComposeSource[],
  reading?: EditRequest["reading"],
): EditOutcome {
  const moves = movesOf(facts, bundle);
  const unclear = moves.flatMap((move) => ("unclear" in move ? [move.unclear] : []));
  if (unclear.length > 0) {
    return {
      kind: "refused",
      refusals: unclear.map((service) => ({
        reason: `service ${service} does not publish exactly one TCP port; change its ports by hand`,
        path: "",
        service,
      })),
    };
  }
  return movePublishedPorts({
    sources,
    reading,
    moves: moves.flatMap((move) => ("unclear" in move ? [] : [move])),
    environment: new Map(Object.entries(readFact(facts, shellVariables()) ?? {})),
    rootUrlFollows: Object.keys(bundle).filter(
      (service) => readFact(facts, serviceRole(service)) === "config-ui",
    ),
  });
}
