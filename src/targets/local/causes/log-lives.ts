import {
  causePatterns,
  lifeBegins,
  progressPatterns,
  stages,
  type CausePattern,
  type ProgressPattern,
} from "./cause-patterns.ts";
import { databaseBegins } from "../health/database-not-up.ts";
import type { ServiceRole } from "../facts/service-role.ts";

interface Mark<Pattern> {
  /** Of the line among those given. */
  readonly index: number;
  /** The part of the log between two beginnings. */
  readonly life: number;
  readonly pattern: Pattern;
}

interface Marks {
  readonly causes: readonly Mark<CausePattern>[];
  readonly progress: readonly Mark<ProgressPattern>[];
  /** Where each life begins; the first may have begun before the lines do. */
  readonly begins: readonly number[];
}

function marksIn(role: ServiceRole, lines: readonly string[]): Marks {
  const ofRole = causePatterns.filter((pattern) => pattern.role === role);
  const steps = progressPatterns.filter((pattern) => pattern.role === role);
  const begins = [0];
  const causes: Mark<CausePattern>[] = [];
  const progress: Mark<ProgressPattern>[] = [];
  lines.forEach((line, index) => {
    if (index > 0 && lifeBegins[role]?.test(line) === true) begins.push(index);
    const life = begins.length - 1;
    const cause = ofRole.find(({ pattern }) => pattern.test(line));
    if (cause !== undefined) causes.push({ index, life, pattern: cause });
    const step = steps.findLast(({ pattern }) => pattern.test(line));
    if (step !== undefined) progress.push({ index, life, pattern: step });
  });
  return { causes, progress, begins };
}

export interface FoundCause {
  readonly index: number;
  readonly pattern: CausePattern;
  /** Index of the line with which another life has begun since; undefined when none has. */
  readonly nextLife: number | undefined;
}

/**
 * What the log, the oldest line first, says a service died of, the life before the present one included: the cause of
 * the last life that has one which nothing later refutes. It is the same wherever in its loop the service is seen.
 */
export function causeInLog(role: ServiceRole, lines: readonly string[]): FoundCause | undefined {
  const { causes, progress, begins } = marksIn(role, lines);
  const standing = causes.filter((cause) => !isRefuted(cause, progress));
  const last = standing.at(-1)?.life;
  const ofLife = standing.filter(({ life }) => life === last);
  const pattern = causePatterns.find((known) => ofLife.some((cause) => cause.pattern === known));
  const found = ofLife.findLast((cause) => cause.pattern === pattern);
  if (found === undefined) return undefined;
  return { index: found.index, pattern: found.pattern, nextLife: begins[found.life + 1] };
}

function isRefuted(cause: Mark<CausePattern>, progress: readonly Mark<ProgressPattern>[]): boolean {
  const { stage: known } = cause.pattern;
  // Of an end that may come anywhere all that its life has passed counts: two streams come to one log in no sure order.
  const passed = passedIn(cause, known === undefined ? Number.POSITIVE_INFINITY : cause.index, progress);
  // What a life meets behind that stage, such as a host that a plugin does not find, is no end of its start.
  if (known !== undefined && passed >= known && lifeBegins[cause.pattern.role] !== undefined) return true;
  const stage = known ?? Math.min(stages.ready, passed + 1);
  return progress.some(
    ({ index, life, pattern }) =>
      index > cause.index &&
      pattern.passed >= stage &&
      (pattern.withinLife !== true || (life === cause.life && pattern.passed === stage)),
  );
}

function passedIn(
  { life }: Mark<CausePattern>,
  until: number,
  progress: readonly Mark<ProgressPattern>[],
): number {
  const before = progress.filter(
    (step) => step.life === life && step.index < until && step.pattern.withinLife !== true,
  );
  return Math.max(0, ...before.map(({ pattern }) => pattern.passed));
}

/** Index of the line that shows the present life beyond `stage`; -1 when none does. */
export function lineBeyond(stage: number, role: ServiceRole, lines: readonly string[]): number {
  const { progress, begins } = marksIn(role, lines);
  const passed = progress.findLast(
    ({ life, pattern }) => life === begins.length - 1 && pattern.passed >= stage,
  );
  return passed?.index ?? -1;
}

/** Lives of which all marks are kept; a life has two beginnings. */
const LIVES_KEPT = 4;
/** Lines in which a database tells of errors. */
const ERRORS_KEPT = 30;
const databaseError = /\[ERROR\]|\bFATAL: |\bPANIC: /;
const databaseReady = /ready for connections|ready to accept connections/;

/**
 * Indexes of the lines that {@link causeInLog} needs to come to the same end without the others: bounded, however
 * long the log is. Of a database, for which it knows no patterns, the last errors, and where
 * its last life began and where it last came up.
 */
export function linesThatMatter(role: ServiceRole, lines: readonly string[]): ReadonlySet<number> {
  if (role === "database") {
    const errors = lines.flatMap((line, index) => (databaseError.test(line) ? [index] : []));
    const turns = [databaseReady, databaseBegins].map((turn) =>
      lines.findLastIndex((line) => turn.test(line)),
    );
    return new Set([...errors.slice(-ERRORS_KEPT), ...turns.filter((index) => index >= 0)]);
  }
  const { causes, progress, begins } = marksIn(role, lines);
  const recent = begins.length - LIVES_KEPT;
  const kept = lastOfEach(causes, recent);
  const lives = new Set(kept.map(({ life }) => life));
  const steps = [
    ...lastOfEach(progress, recent),
    ...[...lives].flatMap((life) =>
      lastOfEach(
        progress.filter((step) => step.life === life),
        life,
      ),
    ),
  ];
  const all = [...kept, ...steps];
  return new Set(
    [...all.map(({ index }) => index), ...all.map(({ life }) => begins[life] ?? 0)].concat(begins.slice(-2)),
  );
}

/** Of each pattern the last match, and the last of each life from `recent` on. */
function lastOfEach<Pattern>(marks: readonly Mark<Pattern>[], recent: number): readonly Mark<Pattern>[] {
  const last = new Map<Pattern, Mark<Pattern>>();
  const ofLife = new Map<string, Mark<Pattern>>();
  const numbers = new Map<Pattern, number>();
  for (const mark of marks) {
    const number = numbers.get(mark.pattern) ?? numbers.size;
    numbers.set(mark.pattern, number);
    last.set(mark.pattern, mark);
    if (mark.life >= recent) ofLife.set(`${number} ${mark.life}`, mark);
  }
  return [...new Set([...last.values(), ...ofLife.values()])];
}
