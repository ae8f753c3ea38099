import { type TargetFamily, toolNamed } from "../targets/family.ts";
import type { AnyTool, StepContext } from "../targets/define-tool.ts";
import { filesOfUndo } from "../targets/file-change.ts";
import { digestBytes } from "../core/text/digest.ts";
import { errorText } from "../core/errors.ts";
import type { Json } from "../core/text/json.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { ApprovalRecord } from "../core/records/result.ts";
import type { UndoneFile, UndoState, UndoStepReport } from "../core/records/undo-account.ts";
import type { ApprovalDecision } from "../ports/approval.ts";
import {
  accountOfFiles,
  isBack,
  movedSince,
  undoDiff,
  writtenFiles,
  type WrittenFile,
} from "./undo-files.ts";
import type { StepToUndo, Undoing } from "./undo-context.ts";
import { strayUndo } from "./undo-paths.ts";

type End = Pick<UndoStepReport, "state" | "reason"> & { readonly approval?: ApprovalRecord | undefined };

/** One step from what it left to its end. Never throws for what the world does: it ends in the report. */
export async function undoRecordedStep(undoing: Undoing, step: StepToUndo): Promise<UndoStepReport> {
  const { id, tool, version } = step;
  let files: readonly UndoneFile[] = [];
  const end = await attempt(undoing, step, (account) => {
    files = account;
  });
  const { approval, ...rest } = end;
  return { id, tool, version, ...rest, files: [...files], ...(approval !== undefined && { approval }) };
}

async function attempt(
  undoing: Undoing,
  step: StepToUndo,
  keep: (files: readonly UndoneFile[]) => void,
): Promise<End> {
  const { request, redact } = undoing;
  const undoable = whatToUndo(request, step);
  if ("state" in undoable) return undoable;
  const { tool, records } = undoable;
  const isOfFiles = records.every((record) => filesOfUndo(record) !== undefined);
  const read = async (): Promise<readonly WrittenFile[]> =>
    writtenFiles(records, { files: request.write.files, readBackUp: request.backups.readBackUp });
  try {
    const files = await read();
    keep(await accountOfFiles(files, request.write.files, request.keyed));
    const isBackAlready = isOfFiles && files.every(isBack);
    const takenBackAt = step.recorded?.takenBackAt;
    if (takenBackAt !== undefined) return takenBackEnd(takenBackAt, isOfFiles, files);
    const moved = files.flatMap((file) => movedSince(file) ?? []);
    if (moved.length > 0) return staleEnd(moved);
    const halt = haltOf(undoing);
    if (halt !== undefined && !isBackAlready) return { state: "not-run", reason: halt };
    const approved = isBackAlready
      ? undefined
      : await approve(undoing, step, tool, undoPreview(request.family, tool, records, files, redact));
    if (approved !== undefined && "state" in approved) return approved;
    const approval = approved?.approval;
    // Somebody may have thought about it for a while.
    const now = await read();
    const since = now.flatMap((file) => movedSince(file) ?? []);
    if (since.length > 0) return { ...staleEnd(since), approval };
    if (!(await undoing.log.record({ kind: "undo_intent", step: step.id }))) {
      return { state: "not-run", reason: unrecorded(undoing), approval };
    }
    const problem = isBackAlready ? undefined : await undoAttempts(undoing, step, tool, records);
    const after = await read();
    keep(await accountOfFiles(now, request.write.files, request.keyed));
    const end = judge(after, isOfFiles, problem, isBackAlready);
    const outcome = end.state === "restored" ? ("restored" as const) : ("not-restored" as const);
    if (await undoing.log.record({ kind: "undo_outcome", step: step.id, outcome, reason: end.reason }))
      return { ...end, approval };
    return { state: "failed", reason: `${end.reason}, but ${unrecorded(undoing)}`, approval };
  } catch (thrown) {
    return { state: "failed", reason: redact(errorText(thrown)) };
  }
}

function undoPreview(
  family: TargetFamily,
  tool: AnyTool,
  records: readonly Json[],
  files: readonly WrittenFile[],
  redact: Redact,
): string {
  const { previewUndo } = tool;
  if (previewUndo === undefined) return undoDiff(family, files, redact);
  return redact(records.toReversed().map(previewUndo).join(""));
}

/** The undo records of a step, or why there is nothing to do or nothing that can be done. */
function whatToUndo(
  { family, sources }: Undoing["request"],
  step: StepToUndo,
): { readonly tool: AnyTool; readonly records: readonly Json[] } | End {
  const { recorded } = step;
  if (recorded === undefined) return { state: "skipped", reason: "it never began" };
  const tool = toolNamed(family, step.tool);
  const records = recorded.attempts.flatMap(({ intent }) => (intent.undo === null ? [] : [intent.undo]));
  if (tool?.version === step.version && records.length === 0 && tool.effect !== "destructive")
    return { state: "skipped", reason: leaves(tool) };
  if (tool?.undo === undefined || records.length === 0)
    return { state: "failed", reason: `what ${step.tool} did cannot be taken back` };
  if (tool.version !== step.version) {
    const reason = `version ${step.version} of ${tool.name} ran, and only version ${tool.version} can be taken back`;
    return { state: "failed", reason };
  }
  const stray = records.map((record) => strayUndo(record, tool, sources)).find((why) => why !== undefined);
  if (stray !== undefined) return { state: "failed", reason: stray };
  return { tool, records };
}

/** Whether it still is back is read again, like everything that is claimed. */
function takenBackEnd(at: string, isOfFiles: boolean, files: readonly WrittenFile[]): End {
  const changed = files.filter((file) => !isBack(file)).map(({ path }) => path);
  if (isOfFiles && changed.length === 0)
    return { state: "restored", reason: `it was taken back already, at ${at}, and still is` };
  const since = changed.length === 0 ? "" : `; ${changed.join(", ")} changed since, by somebody else`;
  return { state: "skipped", reason: `it was taken back already, at ${at}${since}` };
}

function leaves({ effect, reversible }: AnyTool): string {
  if (effect === "read") return "it changed nothing";
  return reversible === "none"
    ? "what it did cannot be taken back; what runs stays as it is"
    : "it wrote nothing that could be put back; what runs stays as it is";
}

function staleEnd(moved: readonly string[]): End {
  return { state: "stale", reason: `${moved.join("; ")}; nothing of this step was touched` };
}

function haltOf({ request, deadline }: Undoing): string | undefined {
  if (request.signal.aborted) return "interrupted before it began";
  return deadline.remainingMs() > 0 ? undefined : "the time is over";
}

async function approve(
  { request, log, deadline, redact }: Undoing,
  step: StepToUndo,
  tool: AnyTool,
  change: string,
): Promise<{ readonly approval: ApprovalRecord } | End> {
  const { result, policies, clock } = request;
  const { shown, details } = request.describe({ ...step, target: result.target, change });
  const wanted = { id: step.id, tool: step.tool, effect: tool.effect };
  let decision: ApprovalDecision;
  try {
    decision = await deadline.whileAsked(() =>
      request.approvals.request({
        step: wanted,
        action: "undo",
        index: step.index,
        of: step.of,
        shown,
        details,
        typeToConfirm: undefined,
        coveredBySafe: tool.coveredBySafe === true,
      }),
    );
  } catch (thrown) {
    return { state: "declined", reason: `nobody could be asked: ${redact(errorText(thrown))}` };
  }
  // Ctrl-C at the question is no answer to it.
  if (request.signal.aborted) return { state: "not-run", reason: "interrupted before it began" };
  if (decision.kind !== "approved") return { state: "declined", reason: decision.reason };
  const approval: ApprovalRecord = {
    planDigest: result.plan.digest,
    step: step.id,
    target: result.target,
    approver: request.approver,
    how: decision.how,
    at: clock.now().toISOString(),
    shownDigest: digestBytes(shown),
    action: "undo",
    ...(policies !== undefined && { policies }),
  };
  if (await log.record({ kind: "approval", record: approval })) return { approval };
  return { state: "not-run", reason: `the approval could not be recorded: ${log.problem() ?? ""}` };
}

/** Takes back every attempt, the last first; the reason of the first that fails. */
async function undoAttempts(
  { request, deadline, redact }: Undoing,
  { id }: StepToUndo,
  tool: AnyTool,
  records: readonly Json[],
): Promise<string | undefined> {
  const { result, directory, signal, clock, reporter, eyes, backups } = request;
  const context: StepContext = {
    directory,
    target: result.target,
    signal,
    timeoutMs: Math.max(1, Math.min(tool.retry.timeoutMs, deadline.remainingMs())),
    clock,
    onLine: (text) => reporter.emit({ type: "step_waiting", step: id, text: redact(text) }),
    redact,
    probe: eyes.probe,
    ...backups,
  };
  for (const record of records.toReversed()) {
    try {
      const execution = await tool.undo?.(record, request.write, context);
      if (execution?.kind === "done") continue;
      return execution !== undefined && "message" in execution ? redact(execution.message) : "interrupted";
    } catch (thrown) {
      return redact(errorText(thrown));
    }
  }
  return undefined;
}

/** Files are back when they were read back so; for anything else the tool's undo has looked. */
function judge(
  files: readonly WrittenFile[],
  isOfFiles: boolean,
  problem: string | undefined,
  wasBack: boolean,
): { readonly state: UndoState; readonly reason: string } {
  const names = files.map(({ path }) => path).join(", ");
  const notBack = files.filter((file) => !isBack(file)).map(({ path }) => path);
  if (problem !== undefined || notBack.length > 0) {
    const so = notBack.length === 0 ? "" : `; not back: ${notBack.join(", ")}`;
    return { state: "failed", reason: `${problem ?? "it ran, but did not have its effect"}${so}` };
  }
  if (wasBack) return { state: "restored", reason: `${names} had been put back before; read and compared` };
  return {
    state: "restored",
    reason: isOfFiles ? `${names} as before the run, byte for byte` : "its undo looked at what it did",
  };
}

function unrecorded({ log }: Undoing): string {
  return `this could not be recorded: ${log.problem() ?? ""}`;
}
