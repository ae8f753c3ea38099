import type { ApprovalSource } from "../../ports/approval.ts";
import type { LiveReporter } from "./terminal-reporter.ts";

/** The same approvals, with the live line out of the way while a question stands. */
export function pauseWhileAsked(
  { request, confirmRun }: ApprovalSource,
  live: Pick<LiveReporter, "pause" | "resume">,
): ApprovalSource {
  const paused = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked;
    } finally {
      live.resume();
    }
  };
  return {
    request: (wanted) => {
      live.pause();
      return paused(request(wanted));
    },
    ...(confirmRun !== undefined && {
      confirmRun: (question) => {
        live.pause();
        return paused(confirmRun(question));
      },
    }),
  };
}
