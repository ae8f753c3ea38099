import { signResult } from "../../attest/sign.ts";
import { fileSubject, REPAIR_UNDO_TYPE } from "../../attest/statement.ts";
import { undoRun, type UndoEnd } from "../../apply/undo-run.ts";
import type { RunPlace } from "../../core/records/deployment-id.ts";
import { RepairError } from "../../core/errors.ts";
import type { Facts } from "../../core/fact.ts";
import { needsUndo } from "../../core/records/run-records.ts";
import { UndoAccountSchema, type UndoAccount } from "../../core/records/undo-account.ts";
import type { ApprovalSource } from "../../ports/approval.ts";
import type { Reporter } from "../../ports/reporter.ts";
import { undoDetails, undoText } from "../../ui/format-undo.ts";
import { refuseApprover } from "../policy/approver.ts";
import { policyDigests } from "../policy/policy-digests.ts";
import type { CliServices, OpenTarget } from "../services.ts";
import { refuseOtherDirectory, runPlaceOf, namesNoDeployment } from "../run-place.ts";
import { loadResult, runInJournal, type LoadedResult } from "./undo-loaded.ts";
import type { ApplyOptions } from "../applying/apply-options.ts";
import { writeSigned } from "../write-signed.ts";
import { nameTheSteps } from "../../core/text/own-commands.ts";

const MAX_UNDOS = 100;

export type UndoneResult =
  /** Nothing that the run left can be taken back, or all of it has been. */
  | { readonly kind: "nothing"; readonly why: string }
  | {
      readonly kind: "done";
      readonly account: UndoAccount;
      readonly accountPath: string;
      readonly facts: Facts | undefined;
    };

/** Takes back the run of a signed result, and leaves a signed account beside it. */
export async function undoResultFile(
  path: string,
  target: OpenTarget,
  reporter: Reporter,
  options: Pick<ApplyOptions, "approve" | "key" | "timeoutMs" | "policy">,
  services: CliServices,
): Promise<UndoneResult> {
  const { policy } = options;
  // A key that cannot be used must stop it before it changes anything.
  const signer = await services.openSigner(options.key);
  const loaded = await loadResult(path, policy, signer, services);
  const { result, bytes, digest } = loaded;
  const approver = await services.approver();
  refuseApprover(approver, policy);
  const place = placeOf(loaded, services);
  // Looked at first without making anything: who has no such run shall have nothing of it.
  const seen = runInJournal(loaded, await services.readJournal(place), target.directory);
  await refuseOtherDirectory(seen.directory, target, services);
  const accountPath = await freeAccountPath(path, services);
  const run = await services.openRun(place, target.directory);
  let approvals: Approvals | undefined;
  try {
    const now = await services.readJournal(place);
    const { steps, before } = runInJournal(loaded, now, target.directory);
    const open = steps.filter(needsUndo).map(({ id }) => id);
    if (open.length === 0) return { kind: "nothing", why: whyNothing(steps.some(wasTakenBack)) };
    approvals = approvalSource(open, options, services);
    const startedAt = services.clock.now().toISOString();
    const end = await undoRun({
      result,
      steps,
      family: target.family,
      sources: target.family.footprint.sources(before),
      directory: target.directory,
      eyes: target.eyes,
      write: target.write,
      approvals,
      approver,
      policies: policyDigests(policy),
      describe: (step) => {
        const question = { ...step, ranAt: step.recorded?.attempts[0]?.at };
        return { shown: undoText(question), details: undoDetails(question, path) };
      },
      journal: run.journal,
      backups: run.backups,
      keyed: run.keyed,
      reporter,
      clock: services.clock,
      signal: services.signal,
      timeoutMs: options.timeoutMs,
    });
    const account = UndoAccountSchema.parse({
      apiVersion: "devlake-repair.undo/v1",
      result: { path, digest },
      plan: { name: result.plan.name, digest: result.plan.digest },
      target: result.target,
      executor: { version: services.version, node: services.node },
      ...(policy.files.length > 0 && { policies: policy.files }),
      startedAt,
      endedAt: services.clock.now().toISOString(),
      ...accountOf(end),
      journal: { path: run.journalPath, length: run.journal.length, head: run.journal.head },
      signer: { keyId: signer.keyId, publicKeyPem: signer.publicKeyPem },
    });
    const envelope = await signResult({
      predicate: account,
      subject: fileSubject(path, bytes),
      predicateType: REPAIR_UNDO_TYPE,
      signer: signer.signer,
    });
    await writeSigned(accountPath, envelope, reporter, services);
    reporter.emit({ type: "undo_done", outcome: account.outcome, reason: account.reason, accountPath });
    return { kind: "done", account, accountPath, facts: end.facts };
  } finally {
    approvals?.close();
    await run.journal.close();
    await run.lock.release();
  }
}

/** The deployment that the run was on, by the result's own word, whatever is found here. */
function placeOf({ path, result }: LoadedResult, services: CliServices): RunPlace {
  const place = runPlaceOf(result.target, result.plan.name, services);
  if (place !== undefined) return place;
  throw new RepairError("bad_result", namesNoDeployment(path), {
    hint: "an older version wrote it: take the run back with that one; nothing was changed",
  });
}

function accountOf({ outcome, interrupted, reason, steps, stillRunning }: UndoEnd) {
  return { outcome, interrupted, reason, steps, stillRunning };
}

function wasTakenBack({ takenBackAt }: { readonly takenBackAt: string | undefined }): boolean {
  return takenBackAt !== undefined;
}

function whyNothing(isBack: boolean): string {
  return isBack
    ? "everything that the run changed and that can be put back has been taken back already"
    : "the run left nothing that could be put back";
}

/** `x.result.json` has its account in `x.result.undo.json`, a second undo in `...undo.2.json`. */
async function freeAccountPath(resultPath: string, services: CliServices): Promise<string> {
  const base = resultPath.replace(/\.json$/, "");
  for (let number = 1; number <= MAX_UNDOS; number++) {
    const path = number === 1 ? `${base}.undo.json` : `${base}.undo.${number}.json`;
    if (!(await services.files.exists(path, { links: "refuse" }))) return path;
  }
  throw new RepairError("file_exists", `"${resultPath}" has ${MAX_UNDOS} undo accounts beside it`, {
    hint: "move them away",
  });
}

type Approvals = ApprovalSource & { readonly close: () => void };

/** Flags when they are given, else the terminal. Refused at once when there is neither. */
function approvalSource(
  open: readonly string[],
  { approve }: Pick<ApplyOptions, "approve">,
  services: CliServices,
): Approvals {
  if (approve === undefined) {
    const prompt = services.openPrompt();
    if (prompt !== undefined) return prompt;
    throw approvalMissing(open);
  }
  const unknown = approve === "safe" ? [] : approve.filter((id) => !open.includes(id));
  if (unknown.length > 0) {
    throw new RepairError("usage", `--approve names no step that can be taken back: ${unknown.join(", ")}`, {
      hint: `those are ${open.join(", ")}`,
    });
  }
  if (approve.length === 0) throw approvalMissing(open);
  return {
    ...services.approvalFromFlags(approve),
    close: () => {
      // Flags hold nothing open.
    },
  };
}

function approvalMissing(open: readonly string[]): RepairError {
  return new RepairError(
    "approval_missing",
    `nobody has approved to take back ${open.join(", ")}; nothing was changed`,
    { hint: nameTheSteps(open) },
  );
}
