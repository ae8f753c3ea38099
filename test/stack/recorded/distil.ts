/** Writes shapes.json anew from the recordings: `node test/stack/recorded/distil.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { distil, readRecordings, recordingsDirectory } from "./recordings.ts";

if (recordingsDirectory === undefined)
  throw new Error(
    "no recordings: put them at ../shared/devlake/recordings, or name their folder in DEVLAKE_RECORDINGS",
  );
const file = join(import.meta.dirname, "shapes.json");
writeFileSync(file, `${JSON.stringify(distil(readRecordings(recordingsDirectory)))}\n`);
