import { readFact, type Facts } from "../../../core/fact.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import { keepFiles, type DatabaseCause, type DatabaseCausePattern } from "./database-cause.ts";
import { harmlessInPostgres, postgresPatterns } from "./postgres-causes.ts";
import { OTHER_SERVER, OTHER_VOLUME_MOUNTED } from "./database-advice.ts";

/** What a database writes when it can write no more. */
export const diskFull =
  /\[MY-0126(?:38|39|40)\]|Operating system error number 28\b|OS errno 28\b|failed with error 28\b|No space left on device|the disk is full|Disk is full|HINT: {1,2}Check free disk space/;

export const diskFullSteps: readonly string[] = [
  keepFiles,
  "see what fills the disk: `docker system df`, and `df -h` on the engine's host",
];
const copyFirst =
  "copy the volume before you try anything, with the database stopped; then a backup, or MySQL's documentation on forcing InnoDB recovery, is the way back";

/**
 * In order, the more special first. Texts of MySQL 8.0 to 9.7 (recorded on 9.7.4) and of its image's entrypoint;
 * those of MariaDB where they differ.
 */
const patterns: readonly DatabaseCausePattern[] = [
  {
    class: "disk_full",
    pattern: diskFull,
    cause: "the disk that it writes to is full",
    nextSteps: diskFullSteps,
  },
  {
    class: "db_data_dir_incompatible",
    pattern: /\[MY-014061\]|\[MY-013171\]|Invalid MySQL server downgrade|Downgrade is not supported/,
    cause: "its files were written by a newer version, and there is no way back to an older one",
    nextSteps: [keepFiles, "put the newer image back in the Compose file, pinned to its exact version"],
  },
  {
    class: "db_option_unknown",
    pattern: /\[MY-000067\]|unknown variable '/,
    cause: "it is started with an option that this version does not know",
    nextSteps: ["take that option out of the service's `command` in the Compose file"],
  },
  {
    class: "volume_mount_denied",
    pattern:
      /\(OS errno 13\b|\[MY-010460\]|must be writable|chown: changing ownership of '[^']*': (?:Read-only file system|Operation not permitted|Permission denied)/,
    cause: "it may not read or write its files",
    nextSteps: [keepFiles, "give the volume back to the user that the image runs as; its log names the file"],
  },
  {
    class: "db_corrupted",
    pattern:
      /\[MY-01(?:2263|2930|0334|0020|2960|3862|2216|0457|3236|0735)\]|is of a different size|InnoDB: Corruption|Plugin 'InnoDB' registration as a STORAGE ENGINE failed|Unknown\/unsupported storage engine: InnoDB/,
    cause: "its files are damaged or not complete",
    nextSteps: [keepFiles, copyFirst],
  },
  {
    class: "other_instance",
    pattern: /\[MY-012574\]|Unable to lock \.\/ibdata1 error: 11/,
    ...OTHER_SERVER,
  },
  {
    class: "service_unhealthy",
    pattern: /Database is uninitialized and password option is not specified/,
    cause: "its volume is empty and no MYSQL_ROOT_PASSWORD is set",
    nextSteps: [OTHER_VOLUME_MOUNTED, "for a new database set MYSQL_ROOT_PASSWORD in the Compose file"],
  },
  ...postgresPatterns,
];

/** It came up after what stands above: that is history. Port 0 is the first start's own, for nobody else. */
export const cameUp = /socket: '[^']*'\s+port: (?!0\b)\d|database system is ready to accept connections/;

interface Line {
  readonly id: string;
  readonly text: string;
}

function linesSinceUp(
  facts: Facts,
  service: string,
): { readonly lines: readonly Line[]; readonly wasUp: boolean } {
  const all = logLinesOf(facts, service).flatMap((ref) => {
    const text = readFact(facts, ref);
    return text === undefined ? [] : [{ id: ref.id, text }];
  });
  const up = all.findLastIndex(({ text }) => cameUp.test(text));
  return { lines: all.slice(up + 1), wasUp: up >= 0 };
}

/** The cause that the log lines of a database name for its last death. */
export function databaseCauseOf(facts: Facts, service: string): DatabaseCause | undefined {
  const { lines } = linesSinceUp(facts, service);
  for (const { pattern, ...cause } of patterns) {
    const line = lines.findLast(({ text }) => pattern.test(text) && !harmlessInPostgres.test(text));
    if (line !== undefined) return { ...cause, evidence: line.id };
  }
  return undefined;
}

/** A life begins; what the one before wrote while it took connections is not what a start failed of. */
const begins =
  /\[Entrypoint\]: Entrypoint script for |starting as process \d|Skipping initialization|starting PostgreSQL /;
const error = /\[ERROR\]|\b(?:FATAL|PANIC): /;

/** The line in which a database tells of an error of its own in a start since it last came up, known or not. */
export function errorSinceUp(facts: Facts, service: string): string | undefined {
  const { lines, wasUp } = linesSinceUp(facts, service);
  const first = wasUp ? lines.findIndex(({ text }) => begins.test(text)) : 0;
  return lines.findLast(
    ({ text }, index) => first >= 0 && index >= first && error.test(text) && !harmlessInPostgres.test(text),
  )?.id;
}
