import { movePublishedPorts } from "../core/compose-edit/move-published-ports.ts";
import type { ComposeSource, EditOutcome, EditRequest, PortMove } from "../core/compose-edit/types.ts";
import { readFact, type FactEntry, type Facts } from "../core/fact.ts";
import { canonicalJson } from "../core/json.ts";
import {
  composeSource,
  composeSources,
  serviceModel,
  serviceRole,
  shellVariables,
} from "../core/local-facts.ts";

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

/**
 * {@link editPorts} on the sources as the facts hold them; remembered, because check, simulation and preview all ask,
 * and the search asks again where steps before it changed other facts.
 * What is written is edited on the real sources, and then whole files are read again.
 */
export function editPortsInFacts(facts: Facts, bundle: PortBundle): EditOutcome {
  const key = canonicalJson(bundle);
  const reads = entriesRead(facts, bundle);
  const known = outcomes.find((other) => other.key === key && areSame(other.reads, reads));
  if (known !== undefined) return known.outcome;
  const outcome = editPorts(facts, bundle, sourcesInFacts(facts), "edited scalars");
  outcomes.unshift({ key, reads, outcome });
  outcomes.length = Math.min(outcomes.length, MOST_OUTCOMES);
  return outcome;
}

interface KnownOutcome {
  readonly key: string;
  readonly reads: Reads;
  readonly outcome: EditOutcome;
}

type Reads = readonly (FactEntry | undefined)[];

const outcomes: KnownOutcome[] = [];
/** The search asks for one bundle most often, and for that of another order of the steps. */
const MOST_OUTCOMES = 4;

/** All that {@link editPorts} reads of the facts; entries never change, they are replaced. */
function entriesRead(facts: Facts, bundle: PortBundle): Reads {
  const sources = readFact(facts, composeSources()) ?? [];
  return [
    composeSources(),
    shellVariables(),
    ...sources.map(({ path }) => composeSource(path)),
    ...Object.keys(bundle).flatMap((service) => [serviceModel(service), serviceRole(service)]),
  ].map(({ id }) => facts.get(id));
}

function areSame(a: Reads, b: Reads): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
