import {
  encodeRecord,
  GENESIS_HASH,
  type ChainedRecord,
  type JournalEntry,
} from "../../src/core/records/journal-record.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { Journal } from "../../src/ports/journal.ts";
import type { FakeWorld } from "./fake-world.ts";

/**
 * A journal in memory that keeps the promises of the port: records are checked and chained as on a
 * disk, and after one failure it takes nothing more.
 */
export class RecordingJournal implements Journal {
  readonly records: ChainedRecord[];
  head: string;
  readonly #world: FakeWorld;
  #broken = false;

  /** `left`: the records of a run before, which this one goes on from. */
  constructor(world: FakeWorld, left: readonly ChainedRecord[] = []) {
    this.#world = world;
    this.records = [...left];
    this.head = left.at(-1)?.hash ?? GENESIS_HASH;
  }

  get entries(): readonly JournalEntry[] {
    return this.records.map(({ entry }) => entry);
  }

  get length(): number {
    return this.records.length;
  }

  append = async (entry: JournalEntry): Promise<{ seq: number; hash: string }> => {
    const seq = this.length + 1;
    const at = this.#world.clock.now().toISOString();
    const { hash } = encodeRecord({ seq, at, entry }, this.head);
    try {
      if (this.#broken) throw new Error("an earlier record was not written");
      await this.#world.faults.call("journal.append", () => Promise.resolve());
    } catch (cause) {
      this.#broken = true;
      throw new RepairError("file_unwritable", "the journal cannot be written: no space left on device", {
        cause,
      });
    }
    this.records.push({ seq, at, entry, hash });
    this.#world.trace.push({ kind: "journal", entry });
    this.head = hash;
    return { seq, hash };
  };

  close = (): Promise<void> => Promise.resolve();
}
