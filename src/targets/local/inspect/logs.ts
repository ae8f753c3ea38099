import { errorText } from "../../../core/errors.ts";
import { FactsDraft, type Facts } from "../../../core/fact.ts";
import { logLine } from "../facts/local-facts.ts";
import { linesThatMatter } from "../causes/log-lives.ts";
import type { Redact } from "../../../core/masking/redact.ts";
import { roleOf } from "../facts/service-role.ts";
import type { ContainerDetails, DockerReader } from "../ports/docker.ts";
import { SERVICE_LABEL, variablesOf } from "./containers.ts";

/**
 * Lines that are read: a Go panic with its stack is over 300, a failed migration's cause stands 111 up, each question
 * of ours adds two, and what a container that was started anew died of stands in its life before.
 */
const DEPTH = 1_500;
/** Half of them are what a migration's failure is washed away by in a day of one question every 15 seconds. */
const MIGRATION_DEPTH = 12_000;
/** Characters of all lines together. */
const MAX_TEXT = 1024 * 1024;
/** Lines that become facts whatever they say. */
const TAIL = 80;
const MAX_LINE = 2_000;
const MAX_READ = 16 * MAX_LINE;

/**
 * Of every container that ran the last log lines, and those further up that say what it died of: each with an id, its
 * number among the lines that were read, so that evidence can cite it.
 */
export async function logFacts(
  docker: DockerReader,
  containers: readonly ContainerDetails[],
  redact: Redact,
  known: KnownLogs = new Map(),
): Promise<Facts> {
  const draft = new FactsDraft();
  await Promise.all(
    containers.map(async (container) => {
      const { id, labels, image } = container;
      const service = labels[SERVICE_LABEL] ?? "";
      try {
        const read = known.get(id) ?? lastOf(await docker.logs(id, DEPTH));
        const lines = read.map((line) => line.slice(0, MAX_READ));
        const matter = linesThatMatter(roleOf(service, image, variablesOf(container)), lines);
        lines.forEach((line, index) => {
          if (index < lines.length - TAIL && !matter.has(index)) return;
          // Redacted before it is cut, so that no half of a secret is left at the end.
          draft.set(logLine(service, index + 1), shortened(redact(line)));
        });
      } catch (thrown) {
        draft.unavailable(logLine(service, 1), redact(errorText(thrown)));
      }
    }),
  );
  return draft.facts();
}

/** Logs that were read already, by container. */
export type KnownLogs = ReadonlyMap<string, readonly string[]>;

/**
 * The log of a backend at its migration. Each question about that adds two lines, so that it is read further up than
 * any other, as far as the Engine's answer is not larger than we take.
 */
export async function migrationLog(docker: DockerReader, id: string): Promise<readonly string[]> {
  try {
    return await docker.logs(id, MIGRATION_DEPTH);
  } catch {
    // Too large, for one reason: what else is wrong with the engine shows again.
    return await docker.logs(id, DEPTH);
  }
}

function lastOf(lines: readonly string[]): readonly string[] {
  let left = MAX_TEXT;
  const first = lines.findLastIndex((line) => (left -= Math.min(line.length, MAX_READ) + 1) < 0);
  return lines.slice(first + 1);
}

/** A stack trace in one line has its cause at either end. */
function shortened(line: string): string {
  if (line.length <= MAX_LINE) return line;
  const head = line.slice(0, MAX_LINE / 2);
  return `${head} … ${line.slice(-(MAX_LINE - head.length - 3))}`;
}
