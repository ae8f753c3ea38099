import { readFact, type Facts } from "../../../core/fact.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import type { CausePattern } from "./cause-patterns.ts";
import { containerState, databaseHost, databaseService } from "../facts/local-facts.ts";
import { causeInLog, lineBeyond } from "./log-lives.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import { shellWord } from "../../../core/text/shell-word.ts";

/** A log line that says why a service does not work. */
export interface LogCause extends Omit<CausePattern, "role" | "pattern" | "stage"> {
  /** The fact that holds the line. */
  readonly evidence: string;
  /** Further facts that it was told by. */
  readonly besides: readonly string[];
  /** No other life of the container has begun since. */
  readonly isOfLastLife: boolean;
}

/** What the log lines of a service say that it died of, whatever it does at this moment. */
export function logCauseOf(facts: Facts, service: string, role: ServiceRole): LogCause | undefined {
  const lines = linesOf(facts, service);
  const texts = lines.map(({ text }) => text);
  const found = causeInLog(role, texts);
  const line = found === undefined ? undefined : lines[found.index];
  if (found === undefined || line === undefined) return undefined;
  const { role: _role, pattern: _pattern, stage: _stage, ...known } = found.pattern;
  const near = lines.slice(Math.max(0, found.index - NEAR), found.index + 1).toReversed();
  const told =
    known.migrationFailed === true ? near.find(({ text }) => sqlErrorIn(text) !== undefined) : undefined;
  // What it said when it ended, for a person to judge.
  const last =
    known.nextSteps.length === 0
      ? near.find(({ text }) => saysWhy.test(text) && !looksLikeCause(text, role))
      : undefined;
  const begun = found.nextLife === undefined ? undefined : lines[found.nextLife];
  const says = told === undefined ? "" : `: ${sqlErrorIn(told.text) ?? ""}`;
  return {
    ...known,
    // The name may be a service's that is only being started.
    ...(known.unknownHost === true && namesService(facts, line.text) && { waitsForDatabase: true }),
    cause: `${known.cause}${says}`,
    nextSteps: known.nextSteps.map((step) => withNames(step, facts, service)),
    evidence: line.id,
    besides: [told, last, begun].flatMap((one) => (one === undefined || one === line ? [] : [one.id])),
    isOfLastLife: begun === undefined,
  };
}

/** The log line that shows the start of the present life beyond `stage`. */
export function progressBeyond(
  stage: number,
  facts: Facts,
  service: string,
  role: ServiceRole,
): string | undefined {
  const lines = linesOf(facts, service);
  const texts = lines.map(({ text }) => text);
  return lines[lineBeyond(stage, role, texts)]?.id;
}

/** Whether a line, by itself, would be taken for a cause. */
export function looksLikeCause(text: string, role: ServiceRole): boolean {
  return causeInLog(role, [text]) !== undefined;
}

/** Lines before a failed migration in which gorm tells the statement's error, and before the end of a panic. */
const NEAR = 12;

const saysWhy = /^\s{0,8}(?:panic: |fatal error: |Wraps: \(2\))/;

/** The database's own words, which may hold a name of a table and no more than such texts do. */
function sqlErrorIn(text: string): string | undefined {
  return /(?:Error \d{4}(?: \(\w{5}\))?|ERROR): [\w .,'`"()$:-]{3,160}/
    .exec(text.replaceAll('\\"', '"'))?.[0]
    .replace(/ \(\d{3}\)$/, "")
    .trimEnd();
}

function namesService(facts: Facts, text: string): boolean {
  const host = /lookup (\S{1,255}?)(?: on |: )/.exec(text)?.[1] ?? "";
  const known = readFact(facts, databaseHost());
  if (known?.host === host) return known.bearer === "service" || known.bearer === "container";
  return readFact(facts, containerState(host)) !== undefined;
}

/** Deployments may call their services otherwise than DevLake's release does. */
function withNames(step: string, facts: Facts, service: string): string {
  const isUnknown = readFact(facts, databaseService())?.status === "unknown";
  const database = serviceOfRole(facts, "database")?.service ?? (isUnknown ? "DATABASE" : "mysql");
  return step.replaceAll("{service}", shellWord(service)).replaceAll("{database}", shellWord(database));
}

function linesOf(facts: Facts, service: string): readonly { readonly id: string; readonly text: string }[] {
  const known = linesByService.get(facts)?.get(service);
  if (known !== undefined) return known;
  const lines = logLinesOf(facts, service).flatMap((ref) => {
    const text = readFact(facts, ref);
    return text === undefined ? [] : [{ id: ref.id, text }];
  });
  const byService = linesByService.get(facts) ?? new Map<string, typeof lines>();
  linesByService.set(facts, byService.set(service, lines));
  return lines;
}

/** Remembered: every rule and every tool asks, and facts never change. */
const linesByService = new WeakMap<
  Facts,
  Map<string, readonly { readonly id: string; readonly text: string }[]>
>();
