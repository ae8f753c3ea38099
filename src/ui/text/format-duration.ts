/** `40 ms`, `3.2 s`, `48 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 1000 && Math.round(whole) < 1000) return `${Math.round(whole)} ms`;
  if (whole < 9950) return `${(whole / 1000).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, "min", seconds % 60, "s");
  const rounded = Math.round(seconds / 60);
  return pair(Math.floor(rounded / 60), "h", rounded % 60, "min");
}

/** The same in whole seconds, for a clock that ticks in place. */
export function formatElapsed(ms: number): string {
  return formatDuration(Math.floor(Math.max(0, ms) / 1000) * 1000)
    .replace(/^0 ms$/, "0 s")
    .replace(".0", "");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
