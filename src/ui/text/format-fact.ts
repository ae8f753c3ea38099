import type { Facts } from "../../core/fact.ts";
import type { Json } from "../../core/text/json.ts";
import type { Plan } from "../../core/plan.ts";
import { escapeText } from "./escape.ts";

/** The value of a fact in words; undefined when the facts do not hold it. */
export type FactLookup = (id: string) => string | undefined;

export function lookUpIn(facts: Facts): FactLookup {
  return (id) => {
    const entry = facts.get(id);
    if (entry === undefined) return undefined;
    return "value" in entry ? formatValue(entry.value) : escapeText(`not known: ${entry.unavailable}`);
  };
}

/** What a plan records of the facts it rests on; undefined when it records none. */
export function recordedIn({ facts }: Pick<Plan, "facts">): FactLookup | undefined {
  return facts === undefined ? undefined : lookUpIn(new Map(Object.entries(facts)));
}

/** `container jenkins, project ci`: a JSON value as a person would say it, escaped. */
export function formatValue(value: Json): string {
  if (typeof value === "string") return escapeText(/^\S+$/.test(value) ? value : `"${value}"`);
  if (value === null || typeof value !== "object") return String(value);
  if (isList(value)) return value.length === 0 ? "none" : value.map(nested).join(", ");
  const members = Object.entries(value);
  if (members.length === 0) return "none";
  // These say what the rest is about, so they come first and without their keys: `container jenkins`.
  const first = leading.flatMap((key) => members.filter(([name]) => name === key));
  const others = members.filter(([name]) => !leading.includes(name));
  return [
    ...(first.length === 0 ? [] : [first.map(([, member]) => nested(member)).join(" ")]),
    ...others.map(([key, member]) => `${escapeText(key)} ${nested(member)}`),
  ].join(", ");
}

const leading = ["kind", "status", "name"];

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function nested(value: Json): string {
  return value !== null && typeof value === "object" ? `(${formatValue(value)})` : formatValue(value);
}
