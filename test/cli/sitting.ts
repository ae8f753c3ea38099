import { keyDigests } from "../../src/core/text/keyed-digest.ts";
import { approvalFromFlags } from "../../src/adapters/terminal/flag-approval.ts";
import { openPublishedSchema } from "../../src/adapters/node/published-schemas.ts";
import { rootCommand } from "../../src/cli/root.ts";
import type { CliServices } from "../../src/flows/services.ts";
import { runStrict } from "../../src/cli/strict-args.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/records/events.ts";
import type { ApprovalDecision, RunQuestion } from "../../src/ports/approval.ts";
import type { RunState } from "../../src/ports/run-state.ts";
import { memorySigner } from "../attest/signers.ts";
import { backups } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { RecordingJournal } from "../fakes/recording-journal.ts";
import { plain80 } from "../ui/sample-plans.ts";
import { localFamily } from "../../src/targets/local/family.ts";
import { families } from "../../src/targets/index.ts";

export interface SittingOptions {
  /** Where runs keep their state; in memory when left out. */
  readonly state?: RunState;
  /** The deployment's directory, when it is to be a real one. */
  readonly directory?: string;
  /** The files beside the plans, when they are to be those of another sitting. */
  readonly saved?: Map<string, string>;
  /** While the person thinks. */
  readonly ask?: () => Promise<void>;
  /** What the person says to the one question before anything begins; yes when left out. */
  readonly confirm?: (question: RunQuestion) => ApprovalDecision;
}

const signer = memorySigner();

/** A terminal in memory at which somebody says yes to everything, after thinking for a minute. */
export function sitting(
  world: FakeWorld,
  env: CliServices["env"] = {},
  {
    state,
    directory = world.directory,
    saved = new Map<string, string>(),
    ask,
    confirm,
  }: SittingOptions = {},
) {
  const printed: string[] = [];
  const events: RunEvent[] = [];
  const files: CliServices["files"] = {
    read: async (path) => {
      const text = saved.get(path);
      if (text === undefined) throw new RepairError("file_unreadable", `no "${path}"`);
      return Buffer.from(text);
    },
    exists: async (path) => path.endsWith("/.") || saved.has(path),
    write: async (path, text) => void saved.set(path, text),
  };
  const services: Partial<CliServices> = {
    version: "0.1.0",
    node: "24.15.0",
    env,
    clock: world.clock,
    families,
    random: () => 0.5,
    signal: new AbortController().signal,
    userPolicyPath: "/home/ann/policy.yaml",
    print: (text) => void printed.push(text),
    style: plain80,
    openReporter: () => ({ reporter: { emit: (event) => void events.push(event) }, close: () => undefined }),
    files,
    trustedKeys: async () => [{ origin: "own", key: signer.publicKey, from: "own.pem" }],
    publishedSchema: (name) => openPublishedSchema(name, new URL("../../", import.meta.url)),
    openTarget: async () => ({
      family: localFamily,
      directory,
      eyes: world.eyes(),
      write: world.writePorts(),
      close: () => undefined,
    }),
    ...(state ?? inMemory(world)),
    openSigner: async () => ({ signer, keyId: signer.publicKey.keyId, publicKeyPem: signer.publicKey.pem }),
    approver: async () => ({ osUser: "ann" }),
    canAsk: true,
    openPrompt: () => ({
      request: async () => {
        world.clock.pass(60_000);
        await ask?.();
        return { kind: "approved", how: "terminal" };
      },
      confirmRun: async (question) => confirm?.(question) ?? { kind: "approved", how: "terminal" },
      close: () => undefined,
    }),
    approvalFromFlags,
  };
  const repair = (...args: readonly string[]) =>
    runStrict(rootCommand(services as CliServices), ["repair", ...args], {
      print: (text) => void printed.push(text),
      colour: false,
    });
  return { repair, saved, printed, events, text: () => printed.join("") };
}

/** The state of runs in memory, for tests that are not about it. */
function inMemory(world: FakeWorld): RunState {
  const journal = new RecordingJournal(world);
  const kept = new Map<number, string>();
  return {
    hasRun: async () => journal.records.length > 0,
    openRun: async () => ({
      records: journal.records,
      torn: undefined,
      journal,
      journalPath: "~/state/x/journal.ndjson",
      keyed: keyDigests(Buffer.from("a key of this test")),
      backups: backups(world),
      lock: { release: async () => undefined },
      keepResult: async (length, text) => void kept.set(length, text),
      keptResult: async (length) => (kept.has(length) ? `~/state/result-${length}.json` : undefined),
    }),
    hasOldRunState: async () => false,
    isElsewhere: async () => false,
    readJournal: async () => undefined,
    saveTranscript: async () => "",
    keepReviewed: async () => undefined,
    reviewed: async () => () => "not_kept",
  };
}
