import { keyDigests } from "../../src/core/text/keyed-digest.ts";
import { undoRun, type UndoEnd } from "../../src/apply/undo-run.ts";
import type { RunEvent } from "../../src/core/records/events.ts";
import { recordedRun } from "../../src/core/records/run-records.ts";
import type { Result } from "../../src/core/records/result.ts";
import type { ApprovalDecision, ApprovalRequest } from "../../src/ports/approval.ts";
import { undoText } from "../../src/ui/format-undo.ts";
import { repairedResult } from "../ui/sample-plans.ts";
import * as worlds from "./broken-worlds.ts";
import { approveAll, backups, planFor, run, type Ran } from "./fake-run.ts";
import type { FakeWorld } from "./fake-world.ts";
import { RecordingJournal } from "./recording-journal.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** Ports in two files and in the state file, so that one step writes two of them and another the third. */
export function brokenWorld(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
  world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
  world.put(".devlake-local.json", worlds.stateText);
  return world;
}

export interface Repaired {
  readonly world: FakeWorld;
  readonly ran: Ran;
  /** Before the run. */
  readonly files: readonly (readonly [string, { readonly text: string; readonly mode: number }])[];
}

/** A run that moved the ports. */
export async function repaired(): Promise<Repaired> {
  const world = brokenWorld();
  const files = [...world.files];
  const { plan } = await planFor(world);
  const ran = await run(world, plan);
  if (ran.account.outcome !== "repaired") throw new Error(ran.account.reason);
  world.faults.clear();
  return { world, ran, files };
}

export interface Undone {
  readonly end: UndoEnd;
  readonly journal: RecordingJournal;
  readonly asked: readonly ApprovalRequest[];
  readonly events: readonly RunEvent[];
}

export async function undo(
  { world, ran }: Pick<Repaired, "world" | "ran">,
  options: {
    readonly decide?: (request: ApprovalRequest) => ApprovalDecision;
    readonly signal?: AbortSignal;
    readonly journal?: RecordingJournal;
  } = {},
): Promise<Undone> {
  const before = options.journal ?? ran.journal;
  const journal = new RecordingJournal(world, before.records);
  const asked: ApprovalRequest[] = [];
  const events: RunEvent[] = [];
  const { account } = ran;
  const result: Result = { ...account, signer: repairedResult.signer };
  const end = await undoRun({
    result,
    steps: recordedRun(journal.records, account.journal.length)?.steps ?? [],
    family: localFamily,
    sources: localFamily.footprint.sources(recordedRun(journal.records, account.journal.length)?.before),
    directory: world.directory,
    eyes: world.eyes(),
    write: world.writePorts(),
    approvals: {
      request: (wanted) =>
        world.faults.call("approvals.request", async () => {
          asked.push(wanted);
          return (options.decide ?? approveAll)(wanted);
        }),
    },
    approver: { osUser: "ann" },
    policies: undefined,
    describe: (step) => ({ shown: undoText({ ...step, ranAt: undefined }), details: "" }),
    journal,
    backups: backups(world),
    keyed: keyDigests(Buffer.from("a key of this test")),
    reporter: { emit: (event) => void events.push(event) },
    clock: world.clock,
    signal: options.signal ?? new AbortController().signal,
    timeoutMs: 900_000,
  });
  return { end, journal, asked, events };
}

export function states({ end }: Undone): readonly string[] {
  return end.steps.map(({ id, state }) => `${id} ${state}`);
}
