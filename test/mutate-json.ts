import * as fc from "./seeded-fast-check.ts";

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Every member of every object and list within `value`. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(parent[key])]);
}

const plausible = [
  null,
  true,
  0,
  1,
  -1,
  1.5,
  1e300,
  "",
  "s1",
  "f1",
  "x",
  "repair",
  "done",
  "read",
  "mutating",
];
const times = ["2026-11-22T10:15:00Z", "2026-11-22T10:15:00.123Z", "2026-02-30T10:15:00Z", "2026-11-22"];
const others = [
  [],
  {},
  ["x"],
  { value: 1 },
  { unavailable: "no" },
  { kind: "free" },
  `sha256:${"0".repeat(64)}`,
];

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...plausible, ...times, ...others),
  fc.string({ maxLength: 8 }),
);

/** Changes one place of a copy: another value, gone, or with a member more. */
export function mutated(document: unknown): fc.Arbitrary<unknown> {
  const kinds = fc.constantFrom("replace", "remove", "add" as const);
  return fc.tuple(fc.nat(), kinds, junk).map(([index, kind, value]) => {
    const copy: unknown = structuredClone(document);
    const places = placesIn(copy);
    const { parent, key } = places[index % places.length] ?? { parent: {}, key: "" };
    if (kind === "replace") parent[key] = value;
    else if (kind === "add") addTo(Array.isArray(parent) ? parent : parent[key], value);
    else if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
    return copy;
  });
}

function addTo(holder: unknown, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value);
  else if (typeof holder === "object" && holder !== null) Object.assign(holder, { extra: value });
}
