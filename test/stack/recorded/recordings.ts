import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type RecordedAnswer,
  type RecordedStart,
  type StartShape,
  answerShape,
  databaseShape,
  startShape,
} from "./shapes.ts";

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request with what came back, and what the recorder noted beside it. */
export interface Exchange extends Ask {
  readonly note?: string;
  readonly shape: string;
}

/** One file of recordings, reduced to what a stand-in can be held against. */
export interface Recording {
  readonly release: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly start?: StartShape;
  readonly exchanges?: readonly Exchange[];
}

interface RecordedFile extends Partial<RecordedStart> {
  readonly source: string;
  readonly operation: string;
  readonly exchanges?: readonly {
    readonly note?: string;
    readonly request: Ask;
    readonly response: RecordedAnswer | null;
  }[];
}

const beside = join(import.meta.dirname, "../../../..", "shared/devlake/recordings");

/** The recordings themselves, which are not part of this repository. Undefined where they are not beside it. */
export const recordingsDirectory = [process.env["DEVLAKE_RECORDINGS"], beside].find(
  (directory) => directory !== undefined && existsSync(join(directory, "index.json")),
);

/** Name of file, without `.json`, to what it holds. */
export function readRecordings(directory: string): Record<string, Recording> {
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8")) as {
    files: Record<string, unknown>;
  };
  const found: Record<string, Recording> = {};
  for (const file of Object.keys(index.files).sort()) {
    const recorded = JSON.parse(readFileSync(join(directory, file), "utf8")) as RecordedFile;
    if (file === "dump-while-running.json") continue;
    found[file.replace(/\.json$/, "")] = reduced(recorded);
  }
  return found;
}

function reduced(recorded: RecordedFile): Recording {
  if (recorded.operation === "mysql start") {
    const { stdout = "", stderr = "", exitCode = null } = recorded;
    return { release: "mysql", start: databaseShape({ stdout, stderr, exitCode }) };
  }
  const { env, stdout, stderr, exitCode } = recorded;
  const release = /devlake (v0\.21|v1\.0\.1|v1\.0\.2|main)/.exec(recorded.source)?.[1] ?? "v1.0.2";
  const exchanges = recorded.exchanges?.flatMap(({ note, request, response }) =>
    response === null
      ? []
      : [
          {
            method: request.method,
            path: request.path,
            ...(Object.keys(request.headers ?? {}).length > 0 && { headers: request.headers }),
            ...(note !== undefined && note !== "" && { note }),
            shape: answerShape(request.method, response),
          },
        ],
  );
  return {
    release,
    ...(env !== undefined && { env: telling(env) }),
    ...(stdout !== undefined &&
      stderr !== undefined && { start: startShape({ stdout, stderr, exitCode: exitCode ?? null }) }),
    ...(exchanges !== undefined && { exchanges }),
  };
}

const same = (key: string, value: string) =>
  key === "TZ" || key === "REMOTE_PLUGIN_DIR" || (key === "LOGGING_DIR" && !value.startsWith("/proc"));

/** What differs from one start to another. */
function telling(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([key, value]) => !same(key, value)));
}

/** Each text once, and its number wherever it stands: a tenth of the size. */
interface Distilled {
  readonly texts: readonly string[];
  readonly recordings: Readonly<Record<string, unknown>>;
}

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

export function distil(recordings: Readonly<Record<string, Recording>>): Distilled {
  const texts = new Map<string, number>();
  const number = (text: string): number => {
    if (!texts.has(text)) texts.set(text, texts.size);
    return texts.get(text) ?? 0;
  };
  const reduce = (value: unknown): unknown => {
    if (isListOfTexts(value)) return value.map(number);
    if (Array.isArray(value)) return value.map(reduce);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        key === "shape" && typeof item === "string" ? number(item) : reduce(item),
      ]),
    );
  };
  const reducedAll = reduce(recordings) as Record<string, unknown>;
  return { texts: [...texts.keys()], recordings: reducedAll };
}

const distilledFile = join(import.meta.dirname, "shapes.json");

export function readDistilled(): Record<string, Recording> {
  const { texts, recordings } = JSON.parse(readFileSync(distilledFile, "utf8")) as Distilled;
  const expand = (value: unknown, key = ""): unknown => {
    if (Array.isArray(value) && ["stdout", "answering", "stderr"].includes(key))
      return value.map((item) => texts[Number(item)]);
    if (Array.isArray(value)) return value.map((item) => expand(item));
    if (typeof value !== "object" || value === null) return key === "shape" ? texts[Number(value)] : value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expand(item, name)]));
  };
  return expand(recordings) as Record<string, Recording>;
}
