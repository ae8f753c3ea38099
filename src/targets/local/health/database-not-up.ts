import { readFact, type Facts } from "../../../core/fact.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import { cameUp, databaseCauseOf } from "../causes/database-causes.ts";
import { containerRestarts, containerState } from "../facts/local-facts.ts";

/** A server of MySQL or MariaDB begins, or the image's first start makes its files. */
export const databaseBegins = /\[MY-01501[57]\]|starting as process \d|initializing of server in progress/;

/**
 * The log line that says why a database which runs has not come up in its present life, and will not: it waits for
 * what does not come, as for the lock on files that another server has, or takes long to end of what the life before
 * ended of. One that is started by hand may have been cured.
 */
export function keepsFromComingUp(facts: Facts, service: string): string | undefined {
  if (readFact(facts, containerState(service)) !== "running") return undefined;
  const lines = logLinesOf(facts, service).map((ref) => ({ id: ref.id, text: readFact(facts, ref) ?? "" }));
  const begun = Math.max(
    0,
    lines.findLastIndex(({ text }) => databaseBegins.test(text)),
  );
  if (lines.slice(begun).some(({ text }) => cameUp.test(text))) return undefined;
  const cause = databaseCauseOf(facts, service)?.evidence;
  const at = lines.findIndex(({ id }) => id === cause);
  const isOfThisLife = at >= begun && lines[at]?.text.includes("[Warning]") !== true;
  const endedBefore = (readFact(facts, containerRestarts(service)) ?? 0) > 0;
  return cause !== undefined && (isOfThisLife || endedBefore) ? cause : undefined;
}
