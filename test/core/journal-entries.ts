import { encodeRecord, GENESIS_HASH, type JournalEntry } from "../../src/core/records/journal-record.ts";
import { digestBytes } from "../../src/core/text/digest.ts";
import { journalSeal, type Seal } from "../../src/core/records/journal-seal.ts";

const planDigest = digestBytes("a plan");
const target = {
  kind: "local",
  directory: ".",
  project: "devlake",
  identity: { engineId: "e-1", volumes: ["devlake_mysql-storage"] },
} as const;
const at = "2026-11-22T10:15:00.000Z";

/** A run with one entry of every kind. */
export const sampleEntries: readonly JournalEntry[] = [
  {
    kind: "run_started",
    planDigest,
    planName: "port-8080-held",
    target: { ...target, identity: { ...target.identity, volumes: [...target.identity.volumes] } },
    executor: { version: "0.1.0", node: "v24.21.0" },
    resumed: false,
    before: {
      facts: digestBytes("all facts"),
      footprint: {
        files: { "docker-compose.yml": digestBytes("services") },
        stateFile: digestBytes("none"),
        containers: {
          devlake: { state: "created", identity: digestBytes("ports"), name: "devlake-devlake-1" },
        },
        strays: digestBytes("[]"),
        networks: ["devlake_default"],
      },
    },
  },
  {
    kind: "approval",
    record: {
      planDigest,
      step: "s1",
      target: { ...target, identity: { volumes: [] } },
      approver: { osUser: "ann" },
      how: "terminal",
      at,
      shownDigest: digestBytes("what was shown"),
    },
  },
  {
    kind: "step_intent",
    step: "s1",
    tool: "rewrite_local_ports_to_alt_bundle",
    version: 1,
    args: { bundle: { devlake: 8085, grafana: 3004, "config-ui": 4004 } },
    attempt: 1,
    previewDigest: digestBytes("a diff"),
    undo: { backup: "backup/1-docker-compose.yml" },
  },
  {
    kind: "step_outcome",
    step: "s1",
    attempt: 1,
    state: "done",
    reason: "ports moved: é, 港, \u{1F6A2}\n\u0000",
  },
  { kind: "health", reports: [{ check: "backend_ready", healthy: false, observed: "HTTP 502" }] },
  { kind: "undo_intent", step: "s1" },
  { kind: "undo_outcome", step: "s1", outcome: "restored", reason: "file is as before" },
  { kind: "interrupted", signal: "SIGINT" },
  { kind: "run_ended", outcome: "interrupted", reason: "interrupted by SIGINT" },
];

/** As the user's own key makes it for the plan and the deployment of the sample. */
export const sampleSeal = journalSeal(Buffer.alloc(32, 7), {
  deployment: { engineId: "e-1", project: "devlake" },
  planName: "port-8080-held",
});

/** A journal of these entries, its lines and its hashes; without a seal, as older versions wrote it. */
export function sampleJournal(
  entries: readonly JournalEntry[] = sampleEntries,
  seal?: Seal,
): {
  readonly bytes: Uint8Array;
  readonly lines: readonly string[];
  readonly hashes: readonly string[];
} {
  const lines: string[] = [];
  const hashes: string[] = [];
  for (const entry of entries) {
    const seq = lines.length + 1;
    const { line, hash } = encodeRecord({ seq, at, entry }, hashes.at(-1) ?? GENESIS_HASH, seal);
    lines.push(line);
    hashes.push(hash);
  }
  return { bytes: Buffer.from(lines.join("")), lines, hashes };
}
