import type { EditOutcome } from "../compose-edit/types.ts";
import { readFact, type FactEntry, type Facts } from "../../../core/fact.ts";
import { canonicalJson } from "../../../core/text/json.ts";
import {
  composeSource,
  composeSources,
  serviceModel,
  serviceRole,
  shellVariables,
} from "../facts/local-facts.ts";
import { editPorts, sourcesInFacts, type PortBundle } from "../facts/port-moves.ts";

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
