import type { FactEntry, Facts } from "../../core/fact.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { expectationsOf, simulateStep, type StepDraft } from "../simulate.ts";

/**
 * The facts that the findings and the steps rest on: classification, preconditions, effects and previews are worked
 * out once more, and what is looked at or cited is kept. With these alone all of it comes out the same. Of logs
 * only the lines that a finding cites are kept: the others were searched and said nothing.
 */
export function factsRead(
  family: TargetFamily,
  facts: Facts,
  steps: readonly Pick<StepDraft, "tool" | "args">[],
): Facts {
  const { classify } = family;
  const read = new Set<string>();
  const watched = (current: Facts): Facts =>
    new WatchedFacts(current, (id, entry) => {
      // What an earlier step has changed comes from there.
      if (facts.get(id) === entry) read.add(id);
    });
  let current = watched(facts);
  const findings = classify(current);
  const cited = new Set(findings.flatMap(({ evidence }) => evidence));
  family.health.checks(current);
  family.words.ifNothingIsDone(current, findings);
  // By these a plan knows its target.
  for (const ref of family.identity.reads) current.get(ref.id);
  family.shellVariables(current);
  for (const draft of steps) {
    const step = simulateStep(family, draft, current);
    if (step === undefined) break;
    expectationsOf(step);
    step.tool.preview(step.args, step.before);
    // A simulation goes on from copies of the facts, which nobody watches: what it has changed it may have looked at there.
    for (const [id, entry] of step.after) {
      const was = facts.get(id);
      if (was !== undefined && was !== entry) read.add(id);
    }
    current = watched(step.after);
    classify(current);
  }
  const reassuring = new Set(family.reassuring(facts));
  return new Map(
    [...facts]
      .filter(([id]) => cited.has(id) || reassuring.has(id) || (read.has(id) && !family.isLogLine(id)))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
}

/** Facts that tell which of them are looked up; to copy them all looks up none. */
class WatchedFacts implements ReadonlyMap<string, FactEntry> {
  readonly #facts: Facts;
  readonly #onRead: (id: string, entry: FactEntry) => void;

  constructor(facts: Facts, onRead: (id: string, entry: FactEntry) => void) {
    this.#facts = facts;
    this.#onRead = onRead;
  }

  get(id: string): FactEntry | undefined {
    const entry = this.#facts.get(id);
    if (entry !== undefined) this.#onRead(id, entry);
    return entry;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  get size(): number {
    return this.#facts.size;
  }

  forEach(visit: (entry: FactEntry, id: string, facts: Facts) => void): void {
    for (const [id, entry] of this.#facts) visit(entry, id, this);
  }

  entries(): MapIterator<[string, FactEntry]> {
    return this.#facts.entries();
  }

  keys(): MapIterator<string> {
    return this.#facts.keys();
  }

  values(): MapIterator<FactEntry> {
    return this.#facts.values();
  }

  [Symbol.iterator](): MapIterator<[string, FactEntry]> {
    return this.#facts.entries();
  }
}
