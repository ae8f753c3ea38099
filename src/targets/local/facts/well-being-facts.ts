import { z } from "zod";
import { factKind, type FactKind } from "../../../core/fact.ts";
import {
  BackendDataSchema,
  DatabaseHostSchema,
  DatabaseServiceSchema,
  FilesAppliedSchema,
} from "./fact-values.ts";

const text = z.string();

export const backendData = factKind(
  "local.backend.data",
  BackendDataSchema,
  "whether the backend can read what it stores, asked through its API; nothing of what it answers is kept",
);
export const backendHangs = factKind(
  "local.backend.hangs",
  z.boolean(),
  "whether the backend was connected to and then said nothing in time; left out when it answered or refused",
);
export const backendMigration = factKind(
  "local.backend.migration",
  z.enum(["moving", "failed"]),
  "what the log says of a migration that the backend says is under way",
);
export const restartedLately = factKind(
  "local.project.restarted-lately",
  z.array(text),
  "services whose container the Engine started anew while it was looked at, or within the last 10 s where it does not answer over HTTP itself",
);
export const filesApplied = factKind(
  "local.backend.files-applied",
  FilesAppliedSchema,
  "in what the files differ from the settings that the backend's container was made with, never the values",
);
export const databaseMounts = factKind(
  "local.database.mounts-applied",
  z.enum(["same", "differs"]),
  "whether the database's container has the volumes that the files want",
);
export const databaseDiskFull = factKind(
  "local.database.disk-full",
  z.boolean(),
  "the database that runs has written within the last minutes that its disk is full; left out when it has not",
);
export const databaseHost = factKind(
  "local.backend.database-host",
  DatabaseHostSchema,
  "the host that the DB_URL of the backend's container names, and who bears that name",
);

export const databaseService = factKind(
  "local.database.service",
  DatabaseServiceSchema,
  "which of several database services of the files DB_URL names; left out where there are not several",
);

export const wellBeingFactKinds: readonly FactKind<unknown>[] = [
  backendData,
  backendHangs,
  backendMigration,
  restartedLately,
  filesApplied,
  databaseMounts,
  databaseDiskFull,
  databaseHost,
  databaseService,
];
