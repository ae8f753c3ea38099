import { movePublishedPorts } from "../core/compose-edit/move-published-ports.ts";
import type { ComposeSource, EditOutcome, EditRequest, PortMove } from "../core/compose-edit/types.ts";
import { readFact, type Facts } from "../core/fact.ts";
import {
  composeSource,
  composeSources,
  serviceModel,
  serviceRole,
  shellVariables,
} from "../core/local-facts.ts";

/** New host port by service name. */
export type PortBundle = Readonly<Record<string, number>>;

/** The moves that a bundle asks for; undefined for a service without exactly one published TCP port. */
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

/**
 * {@link editPorts} on the sources as the facts hold them; remembered, because check, simulation and preview all ask.
 * What is written is edited on the real sources, and then whole files are read again.
 */
export function editPortsInFacts(facts: Facts, bundle: PortBundle): EditOutcome {
  const known = outcomes.get(facts) ?? new WeakMap<PortBundle, EditOutcome>();
  outcomes.set(facts, known);
  const outcome = known.get(bundle) ?? editPorts(facts, bundle, sourcesInFacts(facts), "edited scalars");
  known.set(bundle, outcome);
  return outcome;
}

const outcomes = new WeakMap<Facts, WeakMap<PortBundle, EditOutcome>>();
