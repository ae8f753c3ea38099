import type { SimulatedStep } from "./simulate.ts";

/** How long DevLake is down while the steps run, as people say it. */
export function downtime(steps: readonly SimulatedStep[]): string {
  const sum = steps.reduce((total, { tool }) => total + tool.downtimeSeconds, 0);
  return sum === 0 ? "none" : `about ${sum} s`;
}
