import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { containerState } from "../facts/local-facts.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { readLog } from "./typed-commands.ts";

/** The service of a role when its container runs or is between two starts. */
export function runningService(facts: Facts, role: ServiceRole): string | undefined {
  const service = serviceOfRole(facts, role)?.service;
  const state = service === undefined ? undefined : readFact(facts, containerState(service));
  return state === "running" || state === "restarting" ? service : undefined;
}

/** Something that may pass by itself: waiting is bounded and changes nothing. */
export function waitable(
  finding: Pick<Detection, "class" | "confidence" | "summary" | "evidence" | "refutedBy"> & {
    readonly service: string;
  },
): Detection {
  const { service, ...rest } = finding;
  return {
    ...rest,
    severity: "blocking",
    remedies: [
      {
        tool: "wait_until_healthy",
        args: {},
        why: "it may still be starting; waiting is bounded and changes nothing",
      },
    ],
    nextSteps: [readLog(service), RUN_AGAIN],
  };
}
