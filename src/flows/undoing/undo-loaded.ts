import { REPAIR_RESULT_TYPE } from "../../attest/statement.ts";
import { readPublicKey } from "../../attest/keys.ts";
import { verifyResult } from "../../attest/verify.ts";
import { digestBytes, type Digest } from "../../core/text/digest.ts";
import { RepairError } from "../../core/errors.ts";
import {
  findAnchorBreak,
  type DecodedJournal,
  type JournalAnchor,
} from "../../core/records/journal-record.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { ResultSchema, type Result } from "../../core/records/result.ts";
import { recordedRun, type RecordedRun } from "../../core/records/run-records.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import { dirFlag } from "../../ui/text/section.ts";
import { whyUnsigned } from "../verifying/find-subject.ts";
import { policyKeysOf } from "../verifying/introduce-signer.ts";
import type { CliServices, OpenSigner } from "../services.ts";

const MAX_RESULT_BYTES = 4 * 1024 * 1024;

/** A result whose signature holds and whose signer is trusted; its bytes were read once. */
export interface LoadedResult {
  readonly path: string;
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly result: Result;
}

/** Throws `bad_result` for a bad signature, a signer nobody vouches for, and what is no result. */
export async function loadResult(
  path: string,
  policy: Policy,
  signer: OpenSigner,
  services: CliServices,
): Promise<LoadedResult> {
  const bytes = await services.files.read(path, MAX_RESULT_BYTES);
  const report = verifyResult({
    envelopeBytes: bytes,
    subjectBytes: undefined,
    trustedKeys: [
      ...(await services.trustedKeys(undefined)),
      // Whoever may sign the account with this key may rely on what it signed.
      { origin: "given", key: readPublicKey(signer.publicKeyPem), from: "the key that signs" },
    ],
    policyKeys: policyKeysOf(policy),
    predicateType: REPAIR_RESULT_TYPE,
  });
  if (!("statement" in report)) {
    const { error } = report.signature;
    throw new RepairError("bad_result", `"${path}" is not acted on: ${whyUnsigned(path, bytes, error)}`, {
      hint: `${error.hint ?? "give the signed result as the run wrote it, *.result.json"}; nothing was changed`,
      cause: error,
    });
  }
  if ("error" in report.signer) {
    throw new RepairError(
      "bad_result",
      `"${path}" is not acted on: its signer is not known to you: ${report.signer.error.message}`,
      {
        hint: "name the signer in the trustedKeys of your own policy, or run it as the one who signed; nothing was changed",
      },
    );
  }
  const parsed = ResultSchema.safeParse(report.statement.predicate);
  if (!parsed.success) {
    throw new RepairError("bad_result", `"${path}" is not a repair result of a version this program reads`, {
      hint: "use the version of gh devlake repair that wrote it",
    });
  }
  return { path, bytes, digest: digestBytes(bytes), result: parsed.data };
}

/**
 * What the journal holds of the run. Throws `bad_result` when it is not the journal that was signed,
 * and when a later run of the plan has to be taken back first.
 */
export function runInJournal(
  { path, result }: LoadedResult,
  decoded: DecodedJournal | undefined,
  directory: string,
): RecordedRun {
  const { journal, plan } = result;
  const broken = whyUnfit(decoded, journal);
  if (decoded === undefined || broken !== undefined) {
    throw new RepairError(
      "bad_result",
      `"${path}" does not fit the journal of its run: ${broken ?? "there is none"}`,
      {
        hint: "a run is taken back by the user who ran it, on that machine; nothing was changed",
      },
    );
  }
  const { records } = decoded;
  const run = recordedRun(records, journal.length);
  if (run === undefined || run.planDigest !== plan.digest) {
    throw new RepairError(
      "bad_result",
      `the journal "${journal.path}" holds no run of the plan of "${path}"`,
      {
        hint: "nothing was changed",
      },
    );
  }
  if (run.followedAt !== undefined) {
    throw new RepairError(
      "bad_result",
      `a later run of the same plan, begun at ${run.followedAt}, has changed things since "${path}"`,
      {
        hint: `nothing was changed; take that one back first, or end it when it was cut off: gh devlake repair --apply ${shellWord(plan.path)}${dirFlag(directory)} --resume`,
      },
    );
  }
  return run;
}

function whyUnfit(decoded: DecodedJournal | undefined, anchor: JournalAnchor): string | undefined {
  if (decoded === undefined) return "there is none among yours";
  const { kind, records } = decoded;
  return kind === "corrupt" && records.length < anchor.length
    ? `it is damaged at line ${decoded.line}: ${decoded.reason}`
    : findAnchorBreak(records, anchor);
}
