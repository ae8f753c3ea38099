import { z } from "zod";

/** A JSON value; every fact, argument and journal entry is one. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const JsonSchema: z.ZodType<Json> = z.json();

/**
 * JSON with object keys in code-point order and no white space: equal values give equal text, so a
 * digest of it identifies the value. `undefined` members are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== "object" || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

export function sameJson(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}
