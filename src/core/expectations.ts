import { digestBytes } from "./text/digest.ts";
import type { FactEntry, Facts } from "./fact.ts";
import { canonicalJson, type Json } from "./text/json.ts";

const INLINE_LENGTH = 120;

/** How a fact stands in `expects`: as it is when short, as a digest when long, null when there is none. */
export function expectedValue(entry: FactEntry | undefined): Json {
  if (entry === undefined || !("value" in entry)) return null;
  const text = canonicalJson(entry.value);
  return text.length <= INLINE_LENGTH ? entry.value : digestBytes(text);
}

export interface MovedFact {
  readonly fact: string;
  readonly was: Json;
  readonly is: Json;
}

/** Which of the expected facts are no longer so. */
export function movedFacts(expects: Readonly<Record<string, Json>>, facts: Facts): readonly MovedFact[] {
  return Object.entries(expects).flatMap(([fact, was]) => {
    const is = expectedValue(facts.get(fact));
    return canonicalJson(is) === canonicalJson(was) ? [] : [{ fact, was, is }];
  });
}

export function describeMove({ fact, was, is }: MovedFact): string {
  return `${fact} was ${shownValue(was)}, is ${shownValue(is)}`;
}

/** As JSON; of a digest as much as tells it from others. */
export function shownValue(value: Json): string {
  return JSON.stringify(value).replace(/^"(sha256:[0-9a-f]{12})[0-9a-f]{52}"$/, "$1...");
}
