import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { backendPhase, containerRestarts, containerState } from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import type { StandingCause } from "../causes/attempt.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/**
 * What stands whatever is started. It reads the same at every moment of a loop, so it counts nothing and names no
 * state.
 */
export function causeFinding(facts: Facts, found: StandingCause): Detection {
  const { service, cause, isUnknown, neverRan = false } = found;
  // A backend that answers, and says that it migrates, stays up; it was started anew while it waited for its database.
  const staysUp =
    serviceOfRole(facts, "backend")?.service === service && readFact(facts, backendPhase()) === "migrating";
  const loops =
    !staysUp &&
    ((readFact(facts, containerRestarts(service)) ?? 0) > 0 ||
      readFact(facts, containerState(service)) === "restarting");
  const isUp = ["running", "restarting"].includes(readFact(facts, containerState(service)) ?? "absent");
  const does = neverRan
    ? "could not be started"
    : loops
      ? "stops again and again"
      : isUp
        ? "does not come up"
        : "has stopped";
  return {
    class: found.class,
    severity: "blocking",
    confidence: isUnknown ? 0.6 : 0.95,
    summary: `${service} ${does}: ${cause}`,
    evidence: [
      ...new Set([
        containerState(service).id,
        ...(neverRan ? [] : [containerRestarts(service).id]),
        ...found.evidence,
      ]),
    ].filter((id) => facts.has(id)),
    refutedBy: neverRan ? `${service} can be started` : `${service} stays up and answers`,
    remedies: [],
    nextSteps: [
      ...found.nextSteps,
      ...(neverRan
        ? []
        : [`read the whole message: \`docker compose logs --tail 400 ${shellWord(service)}\``]),
      ...(isUnknown && !neverRan ? ["correct what it names before it is started again"] : []),
      RUN_AGAIN,
    ],
  };
}
