import { readFact, type Facts } from "../../../core/fact.ts";
import type { StillRunning } from "../../../core/records/undo-account.ts";
import { containerPorts, containerState, services } from "../facts/local-facts.ts";
import { wantedPorts } from "./healthy-facts.ts";

/** Containers that run on other host ports than the files want: files back, containers not. */
export function stillRunning(facts: Facts): StillRunning {
  return (readFact(facts, services()) ?? []).flatMap((service) => {
    const state = readFact(facts, containerState(service));
    const on = readFact(facts, containerPorts(service));
    const files = wantedPorts(facts, service);
    const isUp = state === "running" || state === "restarting" || state === "paused";
    if (!isUp || on === undefined || on.join() === files.join()) return [];
    return [{ service, on: [...on], files: [...files] }];
  });
}
