// Writes what is made from the sources: the JSON Schemas, the tables in the README, the list of diagnostics.
// A test compares the committed files with what this would write.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diagnosticsDocument, diagnosticsDocumentPath } from "./generate-diagnostics-doc.ts";
import { publishedSchemas } from "./published-schemas.ts";
import { withGeneratedTables } from "./readme-tables.ts";

const root = join(import.meta.dirname, "..");

for (const [file, schema] of publishedSchemas()) {
  await writeFile(join(root, "schemas", file), `${JSON.stringify(schema, undefined, 2)}\n`);
}
const readme = join(root, "README.md");
await writeFile(readme, withGeneratedTables(await readFile(readme, "utf8")));
await writeFile(diagnosticsDocumentPath, diagnosticsDocument());
