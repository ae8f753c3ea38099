const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
};

/** `1m30s` in nanoseconds, as Compose prints and reads it; throws for anything else. */
export function nanosecondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)];
  if (parts.map(([whole]) => whole).join("") !== text) throw new TypeError("no duration");
  return Math.round(
    parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (NANOSECONDS[unit] ?? 0), 0),
  );
}

/** The other way, for people. */
export function durationText(nanoseconds: number): string {
  return nanoseconds % 1e9 === 0 ? `${nanoseconds / 1e9}s` : `${nanoseconds / 1e6}ms`;
}
