import { z } from "zod";

/** A JSON value; every fact, argument and journal entry is one. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const JsonSchema: z.ZodType<Json> = z.json();

/**
 * JSON with object keys in the order of their UTF-16 code units, as in RFC 8785, and no white space: equal values give equal text, so a
 * digest of it identifies the value. `undefined` members are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return isInKeyOrder(value) ? JSON.stringify(value) : written(value);
}

/** As most facts are made: then nothing needs to be sorted. */
function isInKeyOrder(value: unknown): boolean {
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isInKeyOrder);
  let before = "";
  for (const key of Object.keys(value)) {
    if (key < before || !isInKeyOrder(value[key as keyof typeof value])) return false;
    before = key;
  }
  return true;
}

/** Writes instead of sorting copies: an object of many keys is slow to make, and would put keys like `10` first. */
function written(value: unknown): string {
  if (value === undefined) return "null";
  if (value === null || typeof value !== "object" || "toJSON" in value) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  let members = "";
  // Without a function to compare, keys are in the order of their UTF-16 code units.
  for (const key of Object.keys(value).sort()) {
    const member: unknown = value[key as keyof typeof value];
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${written(member)}`;
  }
  return `{${members}}`;
}

export function sameJson(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}
