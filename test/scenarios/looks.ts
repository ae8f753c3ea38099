import type { Deployment } from "../stack/deployment.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import { planOnly, type Planned } from "./repair-run.ts";

/** Looks at most, where a run has little time; the long run sets none. */
const MOST_LOOKS = Number(process.env["SCENARIO_LOOKS"] ?? Number.POSITIVE_INFINITY);

/** The same fault, looked at again and again: the answer has to be one. */
export async function looksAt(
  gh: GhDevlake,
  d: Deployment,
  times: number,
  { exitCode }: { readonly exitCode: number },
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (let look = 0; look < Math.min(times, MOST_LOOKS); look++)
    planned.push(await planOnly(gh, d, { exitCode }));
  return planned;
}

/** One, when all looks found the same. */
export function classesIn(planned: readonly Planned[]): readonly string[] {
  return [...new Set(planned.map(({ plan }) => plan.findings.map((finding) => finding.class).join()))];
}
