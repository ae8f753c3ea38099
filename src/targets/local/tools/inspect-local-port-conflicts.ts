import { z } from "zod";
import { readFact, type Facts } from "../../../core/fact.ts";
import type { PortHolder } from "../facts/fact-values.ts";
import { portHolder, serviceModel, services } from "../facts/local-facts.ts";
import { defineLocalTool } from "./define-local-tool.ts";

/** Says who holds each host port that the deployment wants. */
export const inspectLocalPortConflicts = defineLocalTool({
  name: "inspect_local_port_conflicts",
  version: 1,
  summary: "records who holds each wanted host port, container or process",
  effect: "read",
  reversible: "not-needed",
  downtimeSeconds: 0,
  retry: { attempts: 1, timeoutMs: 30_000 },
  args: z.strictObject({}),
  reads: () => [services()],
  check: (_args, facts) =>
    readFact(facts, services()) === undefined
      ? [{ fact: services().id, message: "the Compose model is not known" }]
      : [],
  simulate: (_args, facts) => facts,
  preview: () => "read who holds each wanted port\n",
  execute: async (_args, facts, _write, context) => {
    const lines = holders(facts);
    for (const line of lines) context.onLine(line);
    return { kind: "done", note: lines.join("; ") };
  },
  verify: () => [],
});

function holders(facts: Facts): readonly string[] {
  return (readFact(facts, services()) ?? []).flatMap((service) =>
    (readFact(facts, serviceModel(service))?.ports ?? []).map(
      ({ published }) => `${published} (${service}): ${describe(readFact(facts, portHolder(published)))}`,
    ),
  );
}

function describe(holder: PortHolder | undefined): string {
  switch (holder?.kind) {
    case undefined:
      return "not looked at";
    case "free":
      return "free";
    case "own":
      return `ours, ${holder.service}`;
    case "container":
      return `container ${holder.name}${holder.project === undefined ? "" : ` of project ${holder.project}`}`;
    case "process":
      return `process ${holder.name ?? "that may not be seen"}`;
    case "unknown":
      return holder.reason;
  }
}
