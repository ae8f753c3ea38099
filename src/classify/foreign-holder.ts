import type { PortHolder } from "../core/local-facts.ts";

/** Somebody else has the port: a service that wants it cannot start. */
export function isForeign(holder: PortHolder | undefined): boolean {
  return holder?.kind === "container" || holder?.kind === "process";
}
