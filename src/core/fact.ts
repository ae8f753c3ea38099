import { z } from "zod";
import { JsonSchema, type Json } from "./json.ts";

/** What one observation says: a redacted value, or why it could not be made. */
export type FactEntry = { readonly value: Json } | { readonly unavailable: string };

export const FactEntrySchema = z.union([
  z.strictObject({ value: JsonSchema }),
  z.strictObject({ unavailable: z.string() }),
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
  return Object.assign(make, kind);
}

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
  readonly #facts: Map<string, FactEntry>;

  constructor(base: Facts = new Map()) {
    this.#facts = new Map(base);
  }

  set<T>(ref: FactRef<T>, value: T): this {
    this.#facts.set(ref.id, { value: ref.kind.schema.parse(value) as Json });
    return this;
  }

  unavailable(ref: FactRef<unknown>, reason: string): this {
    this.#facts.set(ref.id, { unavailable: reason });
    return this;
  }

  remove(ref: FactRef<unknown>): this {
    this.#facts.delete(ref.id);
    return this;
  }

  merge(other: Facts): this {
    for (const [id, entry] of other) this.#facts.set(id, entry);
    return this;
  }

  /** The facts, sorted by id so that every file made of them is stable. */
  facts(): Facts {
    return new Map([...this.#facts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  }
}
