import { keepFiles, type DatabaseCausePattern } from "./database-cause.ts";
import { OTHER_SERVER, OTHER_VOLUME_MOUNTED } from "./database-advice.ts";

const copyFirst =
  "copy the volume before you try anything, with the database stopped; then a backup is the way back: pg_resetwal, and an initdb that a hint of its log may speak of, lose data";

/**
 * In order, the more special first. Texts of PostgreSQL 14 to 18 (recorded on 17.12; the others from its sources), and
 * of its image's entrypoint. What its clients do wrong stands in its log too, and is none.
 */
export const postgresPatterns: readonly DatabaseCausePattern[] = [
  {
    class: "db_data_dir_incompatible",
    pattern:
      /database files are incompatible with server|database locale is incompatible with operating system|in 18\+, these Docker images are configured to store database data/,
    cause: "its files were written by another version of PostgreSQL, or another image of it",
    nextSteps: [
      keepFiles,
      "put the image of before back in the Compose file, pinned to its exact version",
      "to change the major version, dump with the old one and restore into an empty volume with the new one",
    ],
  },
  {
    class: "db_option_unknown",
    // A client may name an unknown parameter too: the server itself is process 1 of its container.
    pattern:
      /\[1\] FATAL: {1,2}(?:unrecognized configuration parameter|--\S{1,80} requires a value|invalid value for parameter)|configuration file "[^"]{1,200}" contains errors|postgres: (?:unrecognized|invalid) option/,
    cause: "it is started with a setting that this version does not know",
    nextSteps: [
      "take the setting that its log names out of the service's `command` in the Compose file, or out of postgresql.conf in its volume",
    ],
  },
  {
    class: "volume_mount_denied",
    pattern:
      /data directory "[^"]{1,200}" has (?:wrong ownership|invalid permissions)|(?:FATAL: |PANIC: |initdb: error: )[^\n]{0,300}: (?:Permission denied|Read-only file system|Operation not permitted)|(?:chmod|find|mkdir): [^\n]{0,300}: (?:Permission denied|Read-only file system|Operation not permitted)/,
    cause: "it may not read or write its files",
    nextSteps: [
      keepFiles,
      "give the volume back to the user that the image runs as, its directory with mode 0700; its log names the file",
    ],
  },
  {
    class: "other_instance",
    pattern: /lock file "[^"]{1,200}" already exists|pre-existing shared memory block/,
    ...OTHER_SERVER,
  },
  {
    class: "db_corrupted",
    pattern:
      /could not locate a valid checkpoint record|could not find the database system|could not (?:open|read|access|stat) (?:file|directory) "(?:global|base|pg_)|is not a valid data directory|invalid data directory|directory "[^"]{1,200}" exists but is not empty|incorrect checksum in control file|invalid page in block|could not read block|could not access status of transaction|shutting down due to startup process failure/,
    cause: "its files are damaged or not complete",
    nextSteps: [keepFiles, copyFirst],
  },
  {
    class: "service_unhealthy",
    pattern: /Database is uninitialized and superuser password is not specified/,
    cause: "its volume is empty, or may not be read, and no POSTGRES_PASSWORD is set",
    nextSteps: [OTHER_VOLUME_MOUNTED, "for a new database set POSTGRES_PASSWORD in the Compose file"],
  },
];

/** What a sound server writes of its clients, and of a start or a stop that goes on. */
export const harmlessInPostgres =
  /FATAL: {1,2}(?:the database system is |password authentication failed|Peer authentication failed|role "|database "|no pg_hba\.conf entry|sorry, too many clients|remaining connection slots|terminating |connection to client|unsupported frontend protocol|no PostgreSQL user name)|\[(?!1\])\d{1,9}\] FATAL: {1,2}unrecognized configuration parameter/;
