import { RepairError } from "../core/errors.ts";
import type { Target } from "../core/target.ts";
import type { TargetFamily } from "../targets/family.ts";

/** What knows this kind of target. Throws `bad_plan` where nothing does. */
export function familyIn(families: readonly TargetFamily[], { kind }: Pick<Target, "kind">): TargetFamily {
  const found = families.find((family) => family.kind === kind);
  if (found !== undefined) return found;
  const known = families.map((family) => family.kind).join(", ");
  throw new RepairError("bad_plan", `this program knows no target of kind "${kind}"`, {
    hint: `it knows ${known}`,
  });
}
