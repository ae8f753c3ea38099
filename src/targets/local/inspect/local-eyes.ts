import type { Facts } from "../../../core/fact.ts";
import { inspectLocal, probeLocal, type Inspection } from "./collect.ts";
import type { InspectRequest } from "./context.ts";

/** Looks at one local target again and again; a probe goes on from the last whole inspection. */
export function localEyes(request: InspectRequest): {
  readonly inspect: () => Promise<Inspection>;
  readonly probe: (depth?: "quick" | "whole") => Promise<Facts>;
} {
  let last: Inspection | undefined;
  const inspect = async (): Promise<Inspection> => (last = await inspectLocal(request));
  return { inspect, probe: async (depth) => probeLocal(request, last ?? (await inspect()), depth) };
}
