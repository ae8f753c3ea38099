import type { TimedInspection } from "../../apply/fresh-facts.ts";
import { lastRun, type CutOffRun } from "../../apply/past-run.ts";
import { runPlan, type RunAccount } from "../../apply/run.ts";
import { serializeEnvelope, type Envelope } from "../../attest/dsse.ts";
import { signResult } from "../../attest/sign.ts";
import { fileSubject } from "../../attest/statement.ts";
import { RepairError } from "../../core/errors.ts";
import { describeMove } from "../../core/expectations.ts";
import type { Plan } from "../../core/plan.ts";
import { ResultSchema, type ApprovalRecord, type Result } from "../../core/records/result.ts";
import { checkPlan, targetMoves } from "../../plan/checks/check-plan.ts";
import { isStillToCome } from "../../plan/checks/check-times.ts";
import type { UnseenFinding } from "../../plan/checks/unseen-findings.ts";
import type { Reporter } from "../../ports/reporter.ts";
import type { OpenRun } from "../../ports/run-state.ts";
import { approvalDetails, approvalText } from "../../ui/format-approval.ts";
import { lookUpIn } from "../../ui/text/format-fact.ts";
import { dirFlag } from "../../ui/text/section.ts";
import type { ApplyOptions } from "./apply-options.ts";
import { approvalSource, confirmRun, refuseUnapproved } from "./approval-source.ts";
import { refuseApprover } from "../policy/approver.ts";
import { completeResult } from "./complete-result.ts";
import { refuseUnsound, unsoundAlone, type LoadedPlan } from "../planning/load-plan.ts";
import { refuseWithoutDeployment } from "../planning/make-plan.ts";
import { nothingToResume, refuseSpent, refuseUnfinished, whatToResume } from "./past-run-check.ts";
import { policyDigests } from "../policy/policy-digests.ts";
import { changedValues, reviewedValues } from "../reviewed-values.ts";
import { freeResultPath, isTrustedResult, unspentResultPath } from "./result-path.ts";
import { refuseOtherDirectory, runPlaceOf, namesNoDeployment } from "../run-place.ts";
import type { CliServices, OpenSigner, OpenTarget } from "../services.ts";
import { writeSigned } from "../write-signed.ts";

export interface Applied {
  readonly result: Result;
  readonly resultPath: string;
}

/**
 * Compiles the plan again on fresh facts, runs it step by step, and leaves a signed result beside it.
 * With `resume` it goes on with the run that was cut off, as the journal tells of it.
 */
export async function applyPlan(
  loaded: LoadedPlan,
  target: OpenTarget,
  reporter: Reporter,
  options: ApplyOptions,
  services: CliServices,
): Promise<Applied> {
  const { plan, path } = loaded;
  // What was begun in time may be finished later; no further step begins then.
  if (!options.resume) refuseExpired(plan, path, options, services);
  const approver = await services.approver();
  refuseApprover(approver, options.policy);
  const place = runPlaceOf(plan.metadata.target, plan.metadata.name, services);
  const hasRun = place !== undefined && (await services.hasRun(place, target.directory));
  if (options.resume && !hasRun) throw nothingToResume(path, "no run of it was begun here");
  const resultPath = await (options.resume
    ? freeResultPath(path, services, options.directory)
    : unspentResultPath(
        path,
        services,
        (result) => isTrustedResult(result, loaded.bytes, options.policy, services),
        options.directory,
      ));
  // Refused before anything is made, unless the journal has to be asked first.
  if (!hasRun) await refuseUnapprovedHere(loaded, target, options, services);
  if (place === undefined) throw await noDeployment(loaded, target, options, services);
  // A key that cannot be used must stop the run before it changes anything.
  const signer = await services.openSigner(options.key);
  const run = await services.openRun(place, target.directory);
  try {
    if (run.torn !== undefined) reporter.emit({ type: "note", text: tornNote(run.torn) });
    const account = await accountOf({ loaded, target, reporter, options, services, approver, run });
    const around = { plan, policy: options.policy, place };
    const complete = await completeResult(account, around, services);
    const result = await sign(complete, loaded, signer);
    await writeSigned(resultPath, result.envelope, reporter, services);
    await keepCopy(result, run, reporter);
    const { outcome, reason } = result.predicate;
    reporter.emit({ type: "run_ended", outcome, reason, resultPath });
    return { result: result.predicate, resultPath };
  } finally {
    await run.journal.close();
    await run.lock.release();
  }
}

/** Nobody is asked to approve what does not hold here anyway, such as another deployment's plan. */
async function refuseUnapprovedHere(
  loaded: LoadedPlan,
  target: OpenTarget,
  options: ApplyOptions,
  services: CliServices,
): Promise<void> {
  try {
    refuseUnapproved(loaded.family, loaded.plan, undefined, options, services);
  } catch (thrown) {
    if (thrown instanceof RepairError && thrown.code === "approval_missing")
      await soundInspection(loaded, target, options, services);
    throw thrown;
  }
}

/** What was never seen on an engine can be told from no other deployment: whatever else is wrong with it is said first. */
async function noDeployment(
  loaded: LoadedPlan,
  target: OpenTarget,
  options: ApplyOptions,
  services: CliServices,
): Promise<RepairError> {
  await soundInspection(loaded, target, options, services);
  return new RepairError("bad_plan", `the plan ${namesNoDeployment(loaded.path)}`, {
    hint: `once the engine answers, make a new one: gh devlake repair --plan-only${dirFlag(options.directory)}`,
  });
}

/** The one beside the plan may be lost with the checkout: that it was signed is known by this one. */
async function keepCopy(
  { predicate: { journal }, envelope }: { readonly predicate: Result; readonly envelope: Envelope },
  run: OpenRun,
  reporter: Reporter,
): Promise<void> {
  try {
    await run.keepResult(journal.length, serializeEnvelope(envelope));
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    reporter.emit({ type: "note", text: `no copy of the result was kept: ${thrown.message}` });
  }
}

function tornNote({ line, copy }: NonNullable<OpenRun["torn"]>): string {
  return `record ${line} of the journal was cut off while it was written; what was there of it is in ${copy}`;
}

interface Work {
  readonly loaded: LoadedPlan;
  readonly target: OpenTarget;
  readonly reporter: Reporter;
  readonly options: ApplyOptions;
  readonly services: CliServices;
  readonly approver: ApprovalRecord["approver"];
  readonly run: OpenRun;
}

/** Runs the plan, or what is left of it; when the journal tells the end of a run already, that is it. */
async function accountOf(work: Work): Promise<RunAccount> {
  const { loaded, target, options, services, run } = work;
  const last = lastRun(run.records);
  if (!options.resume) {
    await refuseSpent(run, loaded, options);
    await refuseUnfinished(last, loaded, options, run, services);
    return runNow(work, undefined);
  }
  const resumable = await whatToResume(last, loaded, services, options.directory);
  if (resumable.kind === "cut-off") {
    await refuseOtherDirectory(resumable.run.directory, target, services);
    return runNow(work, resumable.run);
  }
  return { ...resumable.account, journal: { path: run.journalPath, ...resumable.anchor } };
}

async function runNow(work: Work, resume: CutOffRun | undefined): Promise<RunAccount> {
  const { loaded, target, reporter, options, services, approver, run } = work;
  const { plan } = loaded;
  const approvals = approvalSource(loaded.family, plan, resume, options, services);
  try {
    const inspected = await soundInspection(loaded, target, options, services);
    const lookup = lookUpIn(inspected.facts);
    const reviewed = await reviewedValues(loaded, target.directory, services);
    await confirmRun(approvals, plan, resume, services);
    return await runPlan({
      family: loaded.family,
      plan,
      planPath: loaded.path,
      planDigest: loaded.digest,
      directory: target.directory,
      eyes: target.eyes,
      inspected,
      write: target.write,
      approvals,
      approver,
      policies: policyDigests(options.policy),
      onFailure: options.policy.onFailure,
      describe: (step, uncompared) => ({
        shown: approvalText(step, plan, options.directory, uncompared),
        details: approvalDetails(step, plan, lookup),
      }),
      reviewed,
      journal: run.journal,
      journalPath: run.journalPath,
      backups: run.backups,
      reporter,
      clock: services.clock,
      random: services.random,
      signal: services.signal,
      executor: { version: services.version, node: services.node },
      timeoutMs: options.timeoutMs,
      resume,
    });
  } finally {
    approvals.close();
  }
}

async function sign(
  account: RunAccount,
  { path, bytes }: LoadedPlan,
  { signer, keyId, publicKeyPem }: OpenSigner,
): Promise<{ readonly predicate: Result; readonly envelope: Envelope }> {
  const predicate = ResultSchema.parse({ ...account, signer: { keyId, publicKeyPem } });
  const envelope = await signResult({ predicate, subject: fileSubject(path, bytes), signer });
  return { predicate, envelope };
}

function refuseExpired(
  { metadata }: Plan,
  path: string,
  { directory }: ApplyOptions,
  { clock }: CliServices,
): void {
  const command = `gh devlake repair --plan-only${dirFlag(directory)}`;
  if (isStillToCome(metadata, clock.now())) {
    throw new RepairError(
      "bad_plan",
      `the plan "${path}" says that it was made on ${metadata.createdAt}, which is still to come`,
      { hint: `if the clock of this machine is right, make a new plan: ${command}` },
    );
  }
  if (clock.now() <= new Date(metadata.validUntil)) return;
  throw new RepairError("plan_expired", `the plan "${path}" was valid until ${metadata.validUntil}`, {
    hint: `make a new one: ${command}`,
  });
}

/**
 * An inspection of this moment on which the plan holds; throws when it is not sound or the facts have moved.
 * In the middle of a run they have: then it is only the deployment itself that must be the same.
 */
async function soundInspection(
  loaded: LoadedPlan,
  target: OpenTarget,
  { policy, resume, directory }: ApplyOptions,
  services: CliServices,
): Promise<TimedInspection> {
  refuseUnsound(unsoundAlone(loaded, policy), loaded, services, directory);
  const reviewed = await reviewedValues(loaded, target.directory, services);
  const { facts, redact, readMasked } = await target.eyes.inspect();
  refuseWithoutDeployment(facts, target);
  const { diagnostics, stale, unseen } = resume
    ? { diagnostics: [], stale: targetMoves(loaded.family, loaded.plan, facts, true), unseen: [] }
    : checkPlan(loaded.family, loaded, facts, policy);
  refuseUnsound(diagnostics, loaded, services, directory);
  refuseUnseen(unseen, directory);
  // In the middle of a run each step compares them for itself.
  const changed = resume ? [] : changedValues(loaded.family, loaded.plan, facts, readMasked, reviewed);
  if (stale.length === 0 && changed.length === 0)
    return { facts, redact, readMasked, at: services.clock.monotonicMs() };
  const moved = [
    ...stale.map((fact) => `  ${fact.step}: ${describeMove(fact)}`),
    ...changed.map((line) => `  ${line}`),
  ];
  throw new RepairError(
    "plan_stale",
    `the deployment is no longer as the plan expects:\n${moved.join("\n")}`,
    {
      hint: resume
        ? "nothing was changed now; the run can be resumed on the deployment that it was begun on"
        : `nothing was changed; make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`,
    },
  );
}

/** Whoever approves believes in what the plan says is wrong. */
function refuseUnseen(unseen: readonly UnseenFinding[], directory: string): void {
  if (unseen.length === 0) return;
  const shown = unseen.map(({ finding, was, is }) => `  ${finding}: ${was}\n      here: ${is}`);
  throw new RepairError(
    "plan_stale",
    `the deployment does not show what the plan says:\n${shown.join("\n")}`,
    {
      hint: `nothing was changed; make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`,
    },
  );
}
