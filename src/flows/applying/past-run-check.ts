import { dirname } from "node:path";
import { repairedEnds, type CutOffRun, type LastRun } from "../../apply/past-run.ts";
import { RepairError } from "../../core/errors.ts";
import type { EndedAccount, JournalAnchor } from "../../core/records/journal-record.ts";
import type { RunOutcome } from "../../core/records/result.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import { dirFlag } from "../../ui/text/section.ts";
import type { OpenRun } from "../../ports/run-state.ts";
import type { ApplyOptions } from "./apply-options.ts";
import type { LoadedPlan } from "../planning/load-plan.ts";
import { findResultOf } from "./result-path.ts";
import type { CliServices } from "../services.ts";

function planSpent(
  path: string,
  journalPath: string,
  kept: string | undefined,
  directory: string,
): RepairError {
  const copy = kept === undefined ? "" : `a copy of its signed result is ${kept}; `;
  return new RepairError(
    "plan_spent",
    `the plan "${path}" has already been applied, as the journal ${journalPath} says`,
    { hint: `${copy}if DevLake is broken again, ${newPlan(directory)}` },
  );
}

/**
 * Throws `plan_spent` when a run of the plan has repaired this deployment, wherever and under whatever name its file was
 * then, and whatever became of its result.
 */
export async function refuseSpent(
  run: Pick<OpenRun, "records" | "journalPath" | "keptResult">,
  { path, digest }: LoadedPlan,
  { directory }: Pick<ApplyOptions, "directory">,
): Promise<void> {
  const ends = repairedEnds(run.records, digest);
  const last = run.records.findLast(({ entry }) => entry.kind === "run_ended");
  for (const { length } of ends) {
    const kept = await run.keptResult(length);
    // The last one may have been cut off before it was signed: that is for `--resume` to do.
    if (kept !== undefined || length !== last?.seq) throw planSpent(path, run.journalPath, kept, directory);
  }
}

/** What `--resume` has to do: go on with a run, or only sign what one has recorded of its end. */
export type Resumable =
  | { readonly kind: "cut-off"; readonly run: CutOffRun }
  | { readonly kind: "unsigned"; readonly account: EndedAccount; readonly anchor: JournalAnchor };

/** Throws when a run of the plan was cut off, or ended without a signed result: that one goes first. */
export async function refuseUnfinished(
  last: LastRun,
  loaded: LoadedPlan,
  options: Pick<ApplyOptions, "approve" | "directory">,
  run: Pick<OpenRun, "journalPath" | "keptResult">,
  services: CliServices,
): Promise<void> {
  const { path, digest, plan } = loaded;
  if (last.kind === "none") return;
  if (last.kind === "ended") {
    if (last.planDigest !== digest) return;
    // Its result may be gone; what the journal says holds.
    if (last.outcome === "repaired" && last.account === undefined)
      throw planSpent(path, run.journalPath, undefined, options.directory);
    if (last.account === undefined) return;
    if ((await findResultOf(path, last.anchor, services)) !== undefined) return;
    if ((await run.keptResult(last.anchor.length)) !== undefined) return;
    throw new RepairError(
      "run_unfinished",
      `the last run of "${path}" ended (${last.outcome}), but its signed result is not beside the plan`,
      { hint: `write it from the journal: ${resumeCommand(path, options)}` },
    );
  }
  const at = last.run.earlierRuns.at(-1)?.lastRecordAt ?? last.run.startedAt;
  if (last.run.planDigest === digest) {
    throw new RepairError("run_unfinished", `a run of "${path}" was cut off at ${at} and is not finished`, {
      hint: `finish or restore it: ${resumeCommand(path, options)}`,
    });
  }
  throw new RepairError(
    "run_unfinished",
    `a run of another plan named ${plan.metadata.name} (${last.run.planDigest}) was cut off at ${at} and is not finished`,
    {
      hint: `if "${path}" was changed since, put it back as it was and use --resume; if that plan is lost, move "${dirname(run.journalPath)}" away and ${newPlan(options.directory)}`,
    },
  );
}

/** Throws `nothing_to_resume`, or `bad_plan` when the file is not the plan whose run was cut off. */
export async function whatToResume(
  last: LastRun,
  { path, digest }: LoadedPlan,
  services: CliServices,
  directory = ".",
): Promise<Resumable> {
  if (last.kind === "none") throw nothingToResume(path, "no run of it was begun here");
  const planDigest = last.kind === "ended" ? last.planDigest : last.run.planDigest;
  if (planDigest !== digest) {
    throw new RepairError(
      "bad_plan",
      `"${path}" is not the plan whose run is in the journal: it has the digest ${digest}, that one ${planDigest}`,
      { hint: "approvals hold for that plan alone: put the file back as it was, then use --resume again" },
    );
  }
  if (last.kind === "cut-off") return last;
  const { account, anchor, outcome } = last;
  const hint = afterEnd(outcome, directory);
  const signed = await findResultOf(path, anchor, services);
  if (signed !== undefined)
    throw nothingToResume(path, `its last run ended (${outcome}), see ${signed}`, hint);
  if (account === undefined)
    throw nothingToResume(path, `its last run ended (${outcome}) and left no account to sign`, hint);
  return { kind: "unsigned", account, anchor };
}

export function nothingToResume(path: string, why: string, hint = "leave out --resume"): RepairError {
  return new RepairError("nothing_to_resume", `there is nothing to resume of "${path}": ${why}`, { hint });
}

/** What helps once a run has ended: the same plan again only where nothing of it was left behind. */
function afterEnd(outcome: RunOutcome, directory: string): string {
  switch (outcome) {
    case "declined":
    case "failed-restored":
      return `leave out --resume to run the plan again, or ${newPlan(directory)}`;
    case "repaired":
      return `if DevLake is broken again, ${newPlan(directory)}`;
    case "interrupted":
    case "failed":
    case "stale":
    case "unhealthy":
      return `the deployment is no longer as that plan expects: ${newPlan(directory)}`;
  }
}

function newPlan(directory: string): string {
  return `make a new plan: gh devlake repair --plan-only${dirFlag(directory)}`;
}

function resumeCommand(
  path: string,
  { approve, directory }: Pick<ApplyOptions, "approve" | "directory">,
): string {
  const approved =
    approve === undefined || approve.length === 0 ? "" : ` --approve ${[approve].flat().join(",")}`;
  return `gh devlake repair --apply ${shellWord(path)}${dirFlag(directory)} --resume${approved}`;
}
