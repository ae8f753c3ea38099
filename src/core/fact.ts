import { z } from "zod";
import { JsonSchema, type Json } from "./text/json.ts";

/** What one observation says: a redacted value, or why it could not be made. */
export type FactEntry = { readonly value: Json } | { readonly unavailable: string };

export const FactEntrySchema = z.union([
  z.strictObject({ value: JsonSchema.describe("what was observed, secrets masked") }),
  z.strictObject({ unavailable: z.string().describe("why it could not be observed") }),
]);

/** All facts of one inspection by id, such as `local.port.8080.holder`. */
export type Facts = ReadonlyMap<string, FactEntry>;

/** A kind of fact: the pattern of its ids (`{name}` stands for one parameter) and the shape of its value. */
export interface FactKind<T> {
  readonly pattern: string;
  readonly schema: z.ZodType<T>;
  readonly description: string;
}

/** One fact id together with its kind: the typed key into {@link Facts}. */
export interface FactRef<T> {
  readonly id: string;
  readonly kind: FactKind<T>;
}

/** Declares a kind of fact and returns the function that makes its refs: `portHolder(8080)`. */
export function factKind<T>(
  pattern: string,
  schema: z.ZodType<T>,
  description: string,
): FactKind<T> & ((...parameters: readonly (string | number)[]) => FactRef<T>) {
  const kind: FactKind<T> = { pattern, schema, description };
  const [head = "", ...tails] = pattern.split(/\{[a-z]+\}/);
  const make = (...parameters: readonly (string | number)[]): FactRef<T> => {
    return { id: head + tails.map((tail, index) => `${parameters[index] ?? ""}${tail}`).join(""), kind };
  };
  if (tails.length > 1) return Object.assign(make, kind);
  // Rules ask for the same few facts tens of thousands of times, and a string made anew has to be hashed anew.
  const made = new Map<string | number | undefined, FactRef<T>>();
  const remember = (parameter?: string | number): FactRef<T> => {
    const known = made.get(parameter);
    if (known !== undefined) return known;
    const ref = parameter === undefined ? make() : make(parameter);
    if (made.size >= MOST_REMEMBERED) made.clear();
    made.set(parameter, ref);
    return ref;
  };
  return Object.assign(remember, kind);
}

/** Of one kind; more than any deployment has services, and far less than the ports there are. */
const MOST_REMEMBERED = 4_096;

/** The value of a fact; undefined when it was not collected or is unavailable. */
export function readFact<T>(facts: Facts, ref: FactRef<T>): T | undefined {
  const entry = facts.get(ref.id);
  if (entry === undefined || !("value" in entry)) return undefined;
  // Values are checked against the kind's schema when a bundle is made or loaded.
  return entry.value as T;
}

/** Why a fact is unavailable, when a collector said so. */
export function unavailableReason(facts: Facts, ref: FactRef<unknown>): string | undefined {
  const entry = facts.get(ref.id);
  return entry !== undefined && "unavailable" in entry ? entry.unavailable : undefined;
}

/** A list of changes to make to facts; used by collectors and by `simulate`. */
export class FactsDraft {
  /** Not ours to change until `#own` has copied it. */
  #facts: Facts;
  #owned: Map<string, FactEntry> | undefined;
  #isSorted: boolean;

  constructor(base: Facts = new Map()) {
    this.#facts = base;
    this.#isSorted = sorted.has(base);
  }

  set<T>(ref: FactRef<T>, value: T): this {
    return this.#put(ref.id, { value: ref.kind.schema.parse(value) as Json });
  }

  unavailable(ref: FactRef<unknown>, reason: string): this {
    return this.#put(ref.id, { unavailable: reason });
  }

  remove(ref: FactRef<unknown>): this {
    if (this.#facts.has(ref.id)) this.#own().delete(ref.id);
    return this;
  }

  merge(other: Facts): this {
    for (const [id, entry] of other) this.#put(id, entry);
    return this;
  }

  /** The facts, sorted by id so that every file made of them is stable; those it began with when nothing changed. */
  facts(): Facts {
    if (!this.#isSorted)
      this.#facts = new Map([...this.#facts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    sorted.add(this.#facts);
    this.#isSorted = true;
    this.#owned = undefined;
    return this.#facts;
  }

  #put(id: string, entry: FactEntry): this {
    const known = this.#facts.get(id);
    if (known !== undefined && isSamePrimitive(known, entry)) return this;
    // What is simulated changes values most often, and the ids stay where they are.
    if (known === undefined) this.#isSorted = false;
    this.#own().set(id, entry);
    return this;
  }

  #own(): Map<string, FactEntry> {
    if (this.#owned === undefined) {
      this.#owned = new Map(this.#facts);
      this.#facts = this.#owned;
    }
    return this.#owned;
  }
}

const sorted = new WeakSet<Facts>();

function isSamePrimitive(a: FactEntry, b: FactEntry): boolean {
  return "value" in a && "value" in b && a.value === b.value;
}
