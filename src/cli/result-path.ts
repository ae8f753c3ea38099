import { parseEnvelope } from "../attest/dsse.ts";
import { RepairError } from "../core/errors.ts";
import type { JournalAnchor } from "../core/journal-record.ts";
import { ResultSchema } from "../core/result.ts";
import { dirFlag } from "../ui/section.ts";
import { z } from "zod";
import type { CliServices } from "./services.ts";

const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_RUNS = 100;

/** `plans/x.plan.yaml` has its result in `plans/x.plan.result.json`, a second run in `...result.2.json`. */
export function resultPathOf(planPath: string, run = 1): string {
  const base = planPath.replace(/\.ya?ml$/, "");
  return run === 1 ? `${base}.result.json` : `${base}.result.${run}.json`;
}

/**
 * Where the next result goes. A plan is spent once a run has repaired: the facts it was made from are
 * history. Runs that changed nothing, or failed, may be followed by another; their results stay.
 */
export async function unspentResultPath(
  planPath: string,
  services: CliServices,
  directory = ".",
): Promise<string> {
  for (let run = 1; run <= MAX_RUNS; run++) {
    const path = resultPathOf(planPath, run);
    if (!(await services.files.exists(path, { links: "refuse" }))) return path;
    const claims = await claimsOf(path, services);
    if (claims?.outcome === "repaired") {
      const where = claims.journal === undefined ? path : `${path}, journal ${claims.journal.path}`;
      throw new RepairError("plan_spent", `the plan "${planPath}" has already been applied: ${where}`, {
        hint: `if DevLake is broken again, make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`,
      });
    }
  }
  throw tooManyResults(planPath, directory);
}

/** Where the result of a resumed run goes: the first path that is free. */
export async function freeResultPath(
  planPath: string,
  services: CliServices,
  directory = ".",
): Promise<string> {
  for (let run = 1; run <= MAX_RUNS; run++) {
    const path = resultPathOf(planPath, run);
    if (!(await services.files.exists(path, { links: "refuse" }))) return path;
  }
  throw tooManyResults(planPath, directory);
}

/** The result beside a plan that was made of the journal up to this anchor. */
export async function findResultOf(
  planPath: string,
  { length, head }: JournalAnchor,
  services: CliServices,
): Promise<string | undefined> {
  for (let run = 1; run <= MAX_RUNS; run++) {
    const path = resultPathOf(planPath, run);
    if (!(await services.files.exists(path))) return undefined;
    const journal = (await claimsOf(path, services))?.journal;
    if (journal?.length === length && journal.head === head) return path;
  }
  return undefined;
}

function tooManyResults(planPath: string, directory: string): RepairError {
  return new RepairError("file_exists", `"${planPath}" has ${MAX_RUNS} results beside it`, {
    hint: `make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`,
  });
}

const { outcome, journal } = ResultSchema.shape;
const ClaimsSchema = z.looseObject({ predicate: z.looseObject({ outcome, journal: journal.optional() }) });

/** Only a hint that saves a useless run: freshness decides, so the signature is not asked here. */
async function claimsOf(
  path: string,
  services: CliServices,
): Promise<z.infer<typeof ClaimsSchema>["predicate"] | undefined> {
  try {
    const envelope = parseEnvelope(await services.files.read(path, MAX_RESULT_BYTES));
    const statement: unknown = JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8"));
    return ClaimsSchema.parse(statement).predicate;
  } catch (thrown) {
    if (thrown instanceof Error) return undefined;
    throw thrown;
  }
}
