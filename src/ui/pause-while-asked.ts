import type { ApprovalSource } from "../ports/approval.ts";
import type { LiveReporter } from "./terminal-reporter.ts";

/** The same approvals, with the live line out of the way while the question stands. */
export function pauseWhileAsked(
  source: ApprovalSource,
  live: Pick<LiveReporter, "pause" | "resume">,
): ApprovalSource {
  return {
    request: async (request) => {
      live.pause();
      try {
        return await source.request(request);
      } finally {
        live.resume();
      }
    },
  };
}
