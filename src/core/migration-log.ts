/** A script that is begun, or the count of those that are to come (DevLake core/migration). */
const moves = /applying migration script|\[Execute\] pending scripts/;

/**
 * The migration failed, or what comes behind it did: from v1.0.1 the backend then says "migrating" for ever, and
 * nothing runs any more. With a wrong secret all scripts run, and the blueprints read after them do not decrypt.
 */
const fails =
  /failed to execute migration|error executing migration|invalid encryptionSecret|panic recovered/;

/** What the log lines, the oldest first, say of the last migration; undefined when they hold none. */
export function migrationInLog(lines: readonly string[]): "moving" | "failed" | undefined {
  const moved = lines.findLastIndex((line) => moves.test(line));
  const failed = lines.findLastIndex(
    (line) => fails.test(line) && !/There is a migration in progress/.test(line),
  );
  if (failed > moved) return "failed";
  return moved < 0 ? undefined : "moving";
}
