/** A script that is begun, or the count of those that are to come (DevLake core/migration). */
const moves = /applying migration script|\[Execute\] pending scripts/;

/**
 * The migration failed, or what comes behind it did: from v1.0.1 the backend then says "migrating" for ever, and
 * nothing runs any more. With a wrong secret all scripts run, and the blueprints read after them do not decrypt.
 */
const fails = /failed to execute migration|error executing migration|invalid encryptionSecret/;
/** gin says so of a handler that panicked; the reason stands below it, with stack traces some fifty lines. */
const panicked = /panic recovered/;
const PANIC_LINES = 150;
/** Somebody confirmed once more what is under way: that is refused, and stops nothing. */
const refused = /There is a migration in progress|already migrating/;

/** What the log lines, the oldest first, say of the last migration; undefined when they hold none. */
export function migrationInLog(lines: readonly string[]): "moving" | "failed" | undefined {
  const moved = lines.findLastIndex((line) => moves.test(line));
  const failed = lines.findLastIndex(
    (line, index) =>
      (fails.test(line) && !refused.test(line)) || (panicked.test(line) && !isRefusal(lines, index)),
  );
  if (failed > moved) return "failed";
  return moved < 0 ? undefined : "moving";
}

/** Whether the panic that was recovered from at `start` is no more than the refusal of a second confirmation. */
function isRefusal(lines: readonly string[], start: number): boolean {
  const rest = lines.slice(start, start + PANIC_LINES);
  const next = rest.findIndex((line, index) => index > 0 && panicked.test(line));
  return rest.slice(0, next < 0 ? rest.length : next).some((line) => refused.test(line));
}
