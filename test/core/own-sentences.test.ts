import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownSecretsOf } from "../../src/core/masking/known-secrets.ts";
import { createRedactor } from "../../src/core/masking/redact.ts";

const source = new URL("../../src/", import.meta.url).pathname;

/** Texts for people stand in these folders; what they say is redacted together with what is said to them. */
function sentences(): readonly string[] {
  const files = ["targets", "apply", "plan", "flows"].flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(source, folder, name)),
  );
  return files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/"((?:[^"\\\n]|\\.){12,})"/g)].map(([, text = ""]) => text),
  );
}

test("no sentence of ours is mangled, whatever common words somebody's passwords are", () => {
  const weak =
    "admin merico lake root password secret connections blueprints devlake grafana mysql database container";
  const redact = createRedactor(
    knownSecretsOf(weak.split(" ").map((value, index) => [`DB_PASSWORD_${index}`, value] as const)),
  );

  const all = sentences();

  expect(all.length).toBeGreaterThan(200);
  expect(all.filter((sentence) => redact(sentence) !== sentence)).toEqual([]);
});
