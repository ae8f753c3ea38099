import { readFact } from "../../../core/fact.ts";
import { stateFile } from "../facts/local-facts.ts";
import { endpointsOf, isFoundWithoutStateFile, sameEndpoints } from "../facts/endpoints.ts";
import type { Rule } from "../../../core/rule.ts";

/** gh-devlake's state file names other ports than the deployment has, so its commands miss it. */
export const stateFileRule: Rule = {
  classes: ["state_file_stale"],
  detect: (facts) => {
    const state = readFact(facts, stateFile());
    const actual = endpointsOf(facts);
    if (state === undefined || actual === undefined) return [];
    const shared = {
      class: "state_file_stale",
      severity: "degraded",
      confidence: 0.95,
      evidence: [stateFile().id],
      refutedBy: `${stateFile().id} names the ports of the Compose model`,
      nextSteps: ["correct the endpoints in .devlake-local.json"],
    } as const;
    const remedies = [
      {
        tool: "update_state_file",
        args: {},
        why: "gh devlake status and its other commands look there for the ports",
      },
    ];
    switch (state.status) {
      case "unreadable":
        return [
          {
            ...shared,
            severity: "info",
            remedies: [],
            summary: `.devlake-local.json cannot be read: ${state.reason}`,
          },
        ];
      case "absent":
        if (isFoundWithoutStateFile(actual)) return [];
        return [
          {
            ...shared,
            remedies,
            summary:
              "gh devlake cannot find the deployment: its ports are unusual and .devlake-local.json is absent",
          },
        ];
      case "present":
        if (sameEndpoints(state.endpoints, actual)) return [];
        return [
          { ...shared, remedies, summary: ".devlake-local.json names other ports than the deployment has" },
        ];
    }
  },
};
