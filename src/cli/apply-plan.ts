import { fileSubject } from "../attest/statement.ts";
import { serializeEnvelope } from "../attest/dsse.ts";
import { signResult } from "../attest/sign.ts";
import type { TimedInspection } from "../apply/fresh-facts.ts";
import { runPlan } from "../apply/run.ts";
import { digestBytes } from "../core/digest.ts";
import { needsApproval } from "../core/effect.ts";
import { RepairError } from "../core/errors.ts";
import { describeMove } from "../core/expectations.ts";
import type { Plan } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";
import { ResultSchema, type ApprovalRecord, type Result } from "../core/result.ts";
import { checkPlan } from "../plan/check-plan.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { MAX_PLAN_BYTES, parsePlanFile, type ParsedPlan } from "../plan/plan-file.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Reporter } from "../ports/reporter.ts";
import { diagnosticsInError } from "../ui/format-diagnostics.ts";
import { approvalDetails, approvalText } from "../ui/format-approval.ts";
import { lookUpIn } from "../ui/format-fact.ts";
import type { CliServices, OpenTarget } from "./services.ts";
import { unspentResultPath } from "./result-path.ts";

export interface LoadedPlan extends ParsedPlan {
  readonly path: string;
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface ApplyOptions {
  /** `--approve`: step ids or "safe"; undefined asks at the terminal. */
  readonly approve: readonly string[] | "safe" | undefined;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly policy: Policy;
}

export interface Applied {
  readonly result: Result;
  readonly resultPath: string;
}

/** Reads a plan once; everything after works on these bytes. */
export async function loadPlan(path: string, services: CliServices): Promise<LoadedPlan> {
  const bytes = await services.files.read(path, MAX_PLAN_BYTES);
  const text = bytes.toString("utf8");
  const parsed = parsePlanFile(text);
  if (parsed.kind === "refused") throw badPlan({ path, text }, parsed.diagnostics, services);
  const { plan, positionOf } = parsed;
  return { plan, positionOf, path, bytes, digest: digestBytes(bytes) };
}

/** Compiles the plan again on fresh facts, runs it step by step, and leaves a signed result beside it. */
export async function applyPlan(
  loaded: LoadedPlan,
  target: OpenTarget,
  reporter: Reporter,
  options: ApplyOptions,
  services: CliServices,
): Promise<Applied> {
  const { plan, path, bytes, digest } = loaded;
  refuseExpired(plan, path, services);
  const approver = await services.approver();
  refuseApprover(approver, options.policy);
  const resultPath = await unspentResultPath(path, services);
  const approvals = approvalSource(plan, options, services);
  // A key that cannot be used must stop the run before it changes anything.
  const signer = await services.openSigner(options.key);
  const run = await services.openRun(target.directory, plan.metadata.name);
  try {
    const inspected = await soundInspection(loaded, target, options.policy, services);
    const lookup = lookUpIn(inspected.facts);
    const account = await runPlan({
      plan,
      planPath: path,
      planDigest: digest,
      directory: target.directory,
      eyes: target.eyes,
      inspected,
      write: target.write,
      approvals,
      approver,
      describe: (step) => ({ shown: approvalText(step, plan), details: approvalDetails(step, plan, lookup) }),
      journal: run.journal,
      journalPath: run.journalPath,
      backups: run.backups,
      reporter,
      clock: services.clock,
      signal: services.signal,
      executor: { version: services.version, node: services.node },
      timeoutMs: options.timeoutMs,
    });
    const { keyId, publicKeyPem } = signer;
    const result = ResultSchema.parse({ ...account, signer: { keyId, publicKeyPem } });
    const envelope = await signResult({
      predicate: result,
      subject: fileSubject(path, bytes),
      signer: signer.signer,
    });
    await services.files.write(resultPath, serializeEnvelope(envelope), { force: false });
    reporter.emit({ type: "run_ended", outcome: result.outcome, reason: result.reason, resultPath });
    return { result, resultPath };
  } finally {
    approvals.close();
    await run.journal.close();
    await run.lock.release();
  }
}

function refuseExpired({ metadata }: Plan, path: string, { clock }: CliServices): void {
  if (clock.now() <= new Date(metadata.validUntil)) return;
  throw new RepairError("plan_expired", `the plan "${path}" was valid until ${metadata.validUntil}`, {
    hint: "make a new one: gh devlake repair --plan-only",
  });
}

/** A name that anybody can set in git is no proof of who it is; it keeps honest people from mistakes. */
function refuseApprover({ osUser, gitEmail }: ApprovalRecord["approver"], { approvers }: Policy): void {
  if (approvers === undefined || approvers.includes(osUser) || approvers.includes(gitEmail ?? "")) return;
  throw new RepairError(
    "approval_missing",
    `the policy does not let ${gitEmail ?? osUser} approve repairs here`,
    {
      hint: `ask one of: ${approvers.join(", ")}`,
    },
  );
}

/** An inspection of this moment on which the plan holds; throws when it is not sound or the facts have moved. */
async function soundInspection(
  loaded: LoadedPlan,
  target: OpenTarget,
  policy: Policy,
  services: CliServices,
): Promise<TimedInspection> {
  const { facts, redact } = await target.eyes.inspect();
  const { diagnostics, stale } = checkPlan(loaded, facts, policy);
  if (diagnostics.length > 0) {
    throw badPlan({ path: loaded.path, text: loaded.bytes.toString("utf8") }, diagnostics, services);
  }
  if (stale.length === 0) return { facts, redact, at: services.clock.monotonicMs() };
  const moved = stale.map((fact) => `  ${fact.step}: ${describeMove(fact)}`);
  throw new RepairError(
    "plan_stale",
    `the deployment is no longer as the plan expects:\n${moved.join("\n")}`,
    {
      hint: "nothing was changed; make a new plan: gh devlake repair --plan-only",
    },
  );
}

function badPlan(
  { path, text }: { readonly path: string; readonly text: string },
  diagnostics: readonly Diagnostic[],
  services: CliServices,
): RepairError {
  const shown = diagnosticsInError({ file: path, text, diagnostics }, services.style);
  return new RepairError("bad_plan", `the plan "${path}" is refused; nothing was changed\n\n${shown}`, {
    hint: "correct the file, or make a new plan: gh devlake repair --plan-only",
  });
}

function nothingToClose(): void {
  // Flags hold nothing open.
}

/** Flags when they are given, else the terminal. Refused at once when a mutating step has neither. */
function approvalSource(
  plan: Plan,
  { approve }: ApplyOptions,
  services: CliServices,
): ApprovalSource & { readonly close: () => void } {
  const needed = plan.steps.filter(({ effect }) => needsApproval(effect));
  if (approve === undefined) {
    const prompt = needed.length === 0 ? undefined : services.openPrompt();
    if (prompt !== undefined) return prompt;
    if (needed.length > 0) throw approvalMissing(needed.map(({ id }) => id));
    return { ...services.approvalFromFlags([]), close: nothingToClose };
  }
  const known = new Set(plan.steps.map(({ id }) => id));
  const unknown = approve === "safe" ? [] : approve.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new RepairError("usage", `--approve names no step of the plan: ${unknown.join(", ")}`, {
      hint: `its steps are ${[...known].join(", ") || "none"}`,
    });
  }
  const uncovered = needed.filter(({ id, effect }) =>
    approve === "safe" ? effect === "destructive" : !approve.includes(id),
  );
  if (uncovered.length > 0) throw approvalMissing(uncovered.map(({ id }) => id));
  return { ...services.approvalFromFlags(approve), close: nothingToClose };
}

function approvalMissing(steps: readonly string[]): RepairError {
  return new RepairError("approval_missing", `nobody has approved ${steps.join(", ")}; nothing was changed`, {
    hint: `run it in a terminal, or name the steps: --approve ${steps.join(",")}`,
  });
}
