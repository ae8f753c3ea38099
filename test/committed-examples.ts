import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseEnvelope } from "../src/attest/dsse.ts";
import type { Plan } from "../src/core/plan.ts";
import { parsePlanFile } from "../src/plan/files/plan-file.ts";

export const repositoryRoot = join(import.meta.dirname, "..");

/** The committed files under `directory` whose names end so, with their bytes. */
function files(
  directory: string,
  ending: string,
): readonly { readonly file: string; readonly bytes: Buffer }[] {
  return readdirSync(join(repositoryRoot, directory))
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      file: `${directory}/${name}`,
      bytes: readFileSync(join(repositoryRoot, directory, name)),
    }));
}

export function planExamples(): readonly {
  readonly file: string;
  readonly bytes: Buffer;
  readonly plan: Plan;
}[] {
  return files("plans", ".plan.yaml").map(({ file, bytes }) => {
    const parsed = parsePlanFile(bytes.toString("utf8"));
    if (parsed.kind === "refused") throw new Error(`${file}: ${JSON.stringify(parsed.diagnostics)}`);
    return { file, bytes, plan: parsed.plan };
  });
}

export function factsExamples(): readonly {
  readonly file: string;
  readonly bytes: Buffer;
  readonly bundle: unknown;
}[] {
  return files("examples", ".facts.json").map(({ file, bytes }) => ({
    file,
    bytes,
    bundle: JSON.parse(bytes.toString("utf8")),
  }));
}

/** The signed results of the plans, and the predicate in each. */
export function resultExamples(): readonly {
  readonly file: string;
  readonly bytes: Buffer;
  readonly predicate: unknown;
}[] {
  return files("plans", ".result.json").map(({ file, bytes }) => {
    const payload = Buffer.from(parseEnvelope(bytes).payload, "base64").toString("utf8");
    return { file, bytes, predicate: JSON.parse(payload).predicate };
  });
}

/** The examples of policies, as data. */
export function policyExamples(): readonly { readonly file: string; readonly policy: unknown }[] {
  return ["examples/devlake-repair.policy.yaml", "examples/own-policy.yaml"].map((file) => ({
    file,
    policy: parse(readFileSync(join(repositoryRoot, file), "utf8")),
  }));
}
