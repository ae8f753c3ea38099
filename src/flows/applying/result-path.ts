import { parseEnvelope } from "../../attest/dsse.ts";
import { verifyResult } from "../../attest/verify.ts";
import { RepairError } from "../../core/errors.ts";
import type { JournalAnchor } from "../../core/records/journal-record.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { ResultSchema } from "../../core/records/result.ts";
import { dirFlag } from "../../ui/text/section.ts";
import { z } from "zod";
import { policyKeysOf } from "../verifying/introduce-signer.ts";
import type { CliServices } from "../services.ts";
import { NEW_PLAN } from "../../core/text/own-commands.ts";

const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_RUNS = 100;

/** `plans/x.plan.yaml` has its result in `plans/x.plan.result.json`, a second run in `...result.2.json`. */
export function resultPathOf(planPath: string, run = 1): string {
  const base = planPath.replace(/\.ya?ml$/, "");
  return run === 1 ? `${base}.result.json` : `${base}.result.${run}.json`;
}

/**
 * Where the next result goes. A plan is spent once a run has repaired: the facts it was made from are
 * history. Runs that changed nothing, or failed, may be followed by another; their results stay. What lies beside a
 * plan may be a stranger's, so it counts only when `isTrusted` says so of its bytes; else freshness decides.
 */
export async function unspentResultPath(
  planPath: string,
  services: CliServices,
  isTrusted: (result: Buffer) => Promise<boolean>,
  directory = ".",
): Promise<string> {
  for (let run = 1; run <= MAX_RUNS; run++) {
    const path = resultPathOf(planPath, run);
    if (!(await services.files.exists(path, { links: "refuse" }))) return path;
    const claims = await claimsOf(path, services);
    if (
      claims?.outcome === "repaired" &&
      (await isTrusted(await services.files.read(path, MAX_RESULT_BYTES)))
    ) {
      const where = claims.journal === undefined ? path : `${path}, journal ${claims.journal.path}`;
      throw new RepairError("plan_spent", `the plan "${planPath}" has already been applied: ${where}`, {
        hint: `if DevLake is broken again, ${NEW_PLAN}${dirFlag(directory)}`,
      });
    }
  }
  throw tooManyResults(planPath, directory);
}

/** Whether it is the result of this very plan, whole, and by a signer whom the user trusts. */
export async function isTrustedResult(
  envelopeBytes: Buffer,
  subjectBytes: Buffer,
  policy: Policy,
  services: CliServices,
): Promise<boolean> {
  const trustedKeys = await services.trustedKeys(undefined);
  const { signer, subject } = verifyResult({
    envelopeBytes,
    subjectBytes,
    trustedKeys,
    policyKeys: policyKeysOf(policy),
  });
  return signer.status === "trusted" && subject.status === "unchanged";
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
    hint: `${NEW_PLAN}${dirFlag(directory)}`,
  });
}

const { outcome, journal } = ResultSchema.shape;
const ClaimsSchema = z.looseObject({ predicate: z.looseObject({ outcome, journal: journal.optional() }) });

/** What a file says before anybody has looked at its signature. */
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
