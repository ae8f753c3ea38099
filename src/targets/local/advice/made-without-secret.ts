import { readFact, type Facts } from "../../../core/fact.ts";
import { backendSecret } from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { logCauseOf } from "../causes/log-causes.ts";

/**
 * The backend's log says that its container has no ENCRYPTION_SECRET, and by now the files have one: what a
 * container was made with never changes, so only a new one gets it.
 */
export function isMadeWithoutSecret(facts: Facts, service: string): boolean {
  return (
    serviceOfRole(facts, "backend")?.service === service &&
    logCauseOf(facts, service, "backend")?.missesSecret === true &&
    readFact(facts, backendSecret()) === "set"
  );
}
