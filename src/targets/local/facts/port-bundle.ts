/**
 * Where ports go when they are taken: 8085, 3004 and 4004 first, because `gh devlake` looks there by
 * itself (its internal/devlake/discovery.go); then the next ones up.
 */
const firstAlternative: ReadonlyMap<number, number> = new Map([
  [8080, 8085],
  [3002, 3004],
  [4000, 4004],
]);

/** How many bundles are looked at before we say that none is free. */
export const BUNDLES_TRIED = 20;

/** The port that bundle number `bundle` (from 0) gives to a service whose container port is `target`. */
export function alternativePort(current: number, target: number, bundle: number): number {
  const usual = target === 3000 ? 3002 : target;
  const first = firstAlternative.get(usual) ?? current + 1;
  return first + bundle;
}
