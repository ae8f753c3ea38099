import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFileJournal, readFileJournal } from "../../../src/adapters/state/file-journal.ts";
import { nodeJournalFs, type JournalFs } from "../../../src/adapters/state/journal-fs.ts";
import { GENESIS_HASH, type JournalEntry } from "../../../src/core/records/journal-record.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { sampleEntries, sampleJournal, sampleSeal as seal } from "../../core/journal-entries.ts";
import {
  createPowerCutFs,
  type Disk,
  type PowerCutFs,
  type PowerCutOptions,
} from "../../fakes/power-cut-fs.ts";

const clock: Clock = {
  now: () => new Date("2026-11-22T10:15:00.000Z"),
  monotonicMs: () => 0,
  wait: () => Promise.resolve(),
};
const ended: JournalEntry = { kind: "run_ended", outcome: "repaired", reason: "healthy" };

let directory = "";
let file = "";

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "journal-"));
  file = path.join(directory, "journal.ndjson");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function writeSample(): Promise<void> {
  await writeFile(file, sampleJournal(sampleEntries, seal).bytes);
}

describe("on a real disk", () => {
  test("what was appended is read again, and a second run goes on in the same chain", async () => {
    const first = await openFileJournal(file, clock, seal);
    expect(first).toMatchObject({ records: [], torn: undefined, journal: { length: 0, head: GENESIS_HASH } });
    for (const entry of sampleEntries) await first.journal.append(entry);
    const { length, head } = first.journal;
    await first.journal.close();

    const second = await openFileJournal(file, clock, seal);
    const appended = await second.journal.append(ended);
    await second.journal.close();

    expect(second.records.map((record) => record.entry)).toEqual(sampleEntries);
    expect({ length, head }).toEqual({
      length: second.records.length,
      head: second.records.at(-1)?.hash,
    });
    expect(appended).toEqual({ seq: sampleEntries.length + 1, hash: second.journal.head });
    expect(await readFileJournal(file, seal)).toMatchObject({ kind: "whole", head: appended.hash });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("appends that are not waited for are written in order", async () => {
    const { journal } = await openFileJournal(file, clock, seal);

    const appended = await Promise.all(sampleEntries.map((entry) => journal.append(entry)));
    await journal.close();

    expect(appended.map(({ seq }) => seq)).toEqual(sampleEntries.map((_, index) => index + 1));
    expect(await readFile(file)).toEqual(Buffer.from(sampleJournal(sampleEntries, seal).bytes));
  });

  test("a torn tail is copied aside, cut off and reported", async () => {
    await writeSample();
    const tail = "0123 half a record, then é";
    await appendFile(file, tail);

    const { journal, records, torn } = await openFileJournal(file, clock, seal);
    await journal.append(ended);
    await journal.close();

    expect(records).toHaveLength(sampleEntries.length);
    expect(torn).toEqual({ line: 10, bytes: Buffer.byteLength(tail), copy: `${file}.torn-1` });
    expect(await readFile(`${file}.torn-1`, "utf8")).toBe(tail);
    expect(await readFileJournal(file, seal)).toMatchObject({ kind: "whole", records: { length: 10 } });
  });

  test("a second torn tail does not overwrite the first", async () => {
    for (const tail of ["one", "two"]) {
      await appendFile(file, tail);
      const { journal } = await openFileJournal(file, clock, seal);
      await journal.close();
    }

    expect(await readFile(`${file}.torn-1`, "utf8")).toBe("one");
    expect(await readFile(`${file}.torn-2`, "utf8")).toBe("two");
  });

  test("a damaged journal is refused with its file and line, and left as it is", async () => {
    const lines = sampleJournal(sampleEntries, seal).lines.toSpliced(3, 1).join("");
    await writeFile(file, lines);

    const opening = openFileJournal(file, clock, seal);

    await expect(opening).rejects.toMatchObject({
      code: "file_unreadable",
      message: `the journal "${file}" is damaged at line 4: its hash does not fit it and the record before it`,
    });
    expect(await readFile(file, "utf8")).toBe(lines);
    expect(await readdir(directory)).toEqual(["journal.ndjson"]);
    expect(await readFileJournal(file, seal)).toMatchObject({ kind: "corrupt", line: 4 });
  });

  test("symlinks, directories and missing directories are refused", async () => {
    await writeFile(path.join(directory, "elsewhere"), "");
    await symlink(path.join(directory, "elsewhere"), file);

    await expect(openFileJournal(file, clock, seal)).rejects.toMatchObject({
      code: "file_unwritable",
      message: `the journal "${file}" cannot be opened: it is a symlink, which is never followed`,
    });
    await expect(openFileJournal(directory, clock, seal)).rejects.toMatchObject({ code: "file_unwritable" });
    await expect(openFileJournal(path.join(directory, "no", "j"), clock, seal)).rejects.toMatchObject({
      code: "file_unwritable",
      message: expect.stringContaining("ENOENT"),
    });
    await expect(readFileJournal(file, seal)).rejects.toMatchObject({ code: "file_unreadable" });
  });

  test("a closed journal takes nothing more", async () => {
    const { journal } = await openFileJournal(file, clock, seal);
    await journal.close();

    await expect(journal.append(ended)).rejects.toMatchObject({ message: `the journal "${file}" is closed` });
  });

  test("an entry that is not valid is not written, nor is anything after it", async () => {
    const { journal } = await openFileJournal(file, clock, seal);
    const wrong = { kind: "undo_intent" } as JournalEntry;

    await expect(journal.append(wrong)).rejects.toMatchObject({ code: "internal" });

    await expect(journal.append(ended)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("journal record 1 is not valid"),
    });
    await journal.close();
    expect(await readFileJournal(file, seal)).toMatchObject({ kind: "whole", records: { length: 0 } });
  });
});

/** A disk whose nth operation of a kind fails, that one alone. */
function failing(operation: "write" | "fsync", from: number): JournalFs {
  let count = 0;
  return createPowerCutFs({
    beforeOperation: (kind) => {
      if (kind !== operation) return;
      count += 1;
      if (count === from) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    },
  });
}

describe("when the disk fails", () => {
  test.each(["write", "fsync"] as const)(
    "after a failed %s the journal is unusable for good",
    async (what) => {
      // The first fsync is the one of opening.
      const { journal } = await openFileJournal(
        "/run/journal",
        clock,
        seal,
        failing(what, what === "fsync" ? 3 : 2),
      );
      await journal.append(ended);
      const { head } = journal;

      const failed = journal.append(ended);
      const queued = journal.append(ended);

      const refusal = {
        code: "file_unwritable",
        message: 'record 2 of the journal "/run/journal" did not reach the disk: EIO: i/o error',
      };
      await expect(failed).rejects.toMatchObject(refusal);
      await expect(queued).rejects.toMatchObject(refusal);
      // The fake's disk works again by now: it is the journal that does not try.
      await expect(journal.append(ended)).rejects.toMatchObject(refusal);
      expect(journal).toMatchObject({ length: 1, head });
    },
  );

  test("a journal that cannot be flushed when it is opened is not opened", async () => {
    await expect(openFileJournal("/run/journal", clock, seal, failing("fsync", 1))).rejects.toMatchObject({
      code: "file_unwritable",
      message: 'the journal "/run/journal" cannot be opened: EIO: i/o error',
    });
  });

  test("short writes are gone on with", async () => {
    const fs = createPowerCutFs({ shortWrites: 7 });
    const { journal } = await openFileJournal("/run/journal", clock, seal, fs);

    for (const entry of sampleEntries) await journal.append(entry);

    expect(fs.visible().get("/run/journal")).toEqual(Buffer.from(sampleJournal(sampleEntries, seal).bytes));
  });

  test("a disk that takes no byte ends the append", async () => {
    const full: JournalFs = {
      ...nodeJournalFs,
      open: async (name, how) => ({ ...(await nodeJournalFs.open(name, how)), write: async () => 0 }),
    };
    const { journal } = await openFileJournal(file, clock, seal, full);

    await expect(journal.append(ended)).rejects.toThrow("the disk takes no more bytes");
    await journal.close();
  });
});

/** Without fsync a disk can even look damaged; that counts as a catch too. */
function refusedAsDamaged(thrown: unknown): { readonly lost: number } {
  expect(thrown).toMatchObject({ code: "file_unreadable" });
  return { lost: 1 };
}

describe("power cuts", () => {
  const name = "/run/journal";

  /** Appends records and notes at which moment each was acknowledged. */
  async function record(
    options: PowerCutOptions,
    count: number,
  ): Promise<{ readonly fs: PowerCutFs; readonly acknowledged: readonly (readonly [number, string])[] }> {
    const fs = createPowerCutFs(options);
    const acknowledged: (readonly [number, string])[] = [];
    const { journal, records } = await openFileJournal(name, clock, seal, fs);
    // Whoever opens a journal acts on what it reads, so that has to last as well.
    acknowledged.push(...records.map(({ hash }) => [fs.now(), hash] as const));
    for (const entry of sampleEntries.slice(0, count)) {
      const { hash } = await journal.append(entry);
      acknowledged.push([fs.now(), hash]);
    }
    return { fs, acknowledged };
  }

  /** Cuts the power at every moment; counts the disks and the acknowledged records they lack. */
  async function lossesOf(
    { fs, acknowledged }: Awaited<ReturnType<typeof record>>,
    onDisk?: (disk: Disk, torn: boolean) => Promise<void>,
  ): Promise<{ readonly disks: number; readonly lost: number }> {
    let disks = 0;
    let lost = 0;
    for (let moment = 0; moment <= fs.now(); moment += 1) {
      const due = acknowledged.filter(([at]) => at <= moment).map(([, hash]) => hash);
      for (const disk of fs.disksAfter(moment)) {
        disks += 1;
        const after = createPowerCutFs({ disk });
        const { journal, records, torn } = await openFileJournal(name, clock, seal, after);
        const kept = new Set(records.map(({ hash }) => hash));
        lost += due.filter((hash) => !kept.has(hash)).length;
        await journal.append(ended);
        await onDisk?.(disk, torn !== undefined);
      }
    }
    return { disks, lost };
  }

  test(
    "no acknowledged record is lost, and every disk that is left can be opened",
    { timeout: 120_000 },
    async () => {
      const { disks, lost } = await lossesOf(await record({}, 6));

      expect(lost).toBe(0);
      expect(disks).toBeGreaterThan(2000);
    },
  );

  test("nor with short writes", { timeout: 120_000 }, async () => {
    const { lost } = await lossesOf(await record({ shortWrites: 200 }, 3));

    expect(lost).toBe(0);
  });

  test("nor when the power is cut again while a torn tail is mended", { timeout: 120_000 }, async () => {
    let mended = 0;
    const { lost } = await lossesOf(await record({}, 2), async (disk, torn) => {
      if (!torn) return;
      mended += 1;
      // Each costs a thousand disks: some will do.
      if (mended % 200 !== 1) return;
      expect((await lossesOf(await record({ disk }, 1))).lost).toBe(0);
    });

    expect(lost).toBe(0);
    expect(mended).toBeGreaterThan(500);
  });

  test("a torn tail is in the journal or in its copy, whenever the power is cut while it is mended", async () => {
    const tail = "0123 half a record";
    const fs = createPowerCutFs({ disk: new Map([[name, Buffer.from(tail)]]) });
    const { torn } = await openFileJournal(name, clock, seal, fs);
    expect(torn).toMatchObject({ line: 1, bytes: tail.length });

    for (let moment = 0; moment <= fs.now(); moment += 1) {
      for (const disk of fs.disksAfter(moment)) {
        const texts = [...disk.values()].map((bytes) => Buffer.from(bytes).toString());
        expect(texts).toContain(tail);
      }
    }
  });

  test("nor when a killed run left its bytes and the file's name in memory only", async () => {
    // Create, fsync, fsync of the directory, write, fsync.
    for (const killAt of [1, 2, 3, 4]) {
      const fs = createPowerCutFs({
        beforeOperation: (_kind, count) => {
          if (count === killAt && !killed) throw new Error("killed");
        },
      });
      let killed = false;
      await expect(
        openFileJournal(name, clock, seal, fs).then(({ journal }) => journal.append(ended)),
      ).rejects.toThrow("killed");
      killed = true;

      const { records } = await openFileJournal(name, clock, seal, fs);

      for (const disk of fs.disksAfter(fs.now())) {
        const later = await openFileJournal(name, clock, seal, createPowerCutFs({ disk }));
        expect(later.records).toEqual(records);
        expect(disk.has(name)).toBe(true);
      }
    }
  });

  test.each(["no-file-fsync", "no-directory-fsync"] as const)("the mutant %s is caught", async (mutant) => {
    const { lost } = await lossesOf(await record({ mutant }, 3)).catch(refusedAsDamaged);

    expect(lost).toBeGreaterThan(0);
  });
});

/** Starts a writer, kills it once it has acknowledged so many records, and gives all that it acknowledged. */
async function runAndKill(after: number): Promise<ReadonlyMap<number, string>> {
  const writer = spawn(process.execPath, [path.join(import.meta.dirname, "journal-writer.ts"), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const seen = new Map<number, string>();
  const exited = once(writer, "exit");
  for await (const line of createInterface({ input: writer.stdout })) {
    const [seq, hash] = line.split(" ");
    // A line that the kill has cut was never wholly told.
    if (hash?.length === 64) seen.set(Number(seq), hash);
    if (seen.size === after) writer.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return seen;
}

describe("kill -9", () => {
  const kills = Number(process.env["JOURNAL_KILLS"] ?? 20);

  test(
    `${kills} times at any instant: no acknowledged record is lost`,
    { timeout: kills * 5000 },
    async () => {
      const acknowledged = new Map<number, string>();
      for (let kill = 0; kill < kills; kill += 1) {
        for (const [seq, hash] of await runAndKill(1 + Math.floor(Math.random() * 40))) {
          expect(acknowledged.has(seq), `record ${seq} was acknowledged twice`).toBe(false);
          acknowledged.set(seq, hash);
        }

        const { journal, records } = await openFileJournal(file, clock, seal);
        await journal.close();

        for (const [seq, hash] of acknowledged) expect(records[seq - 1]?.hash).toBe(hash);
      }
      expect(acknowledged.size).toBeGreaterThanOrEqual(kills);
    },
  );
});
