import type { Edit } from "./apply-edits.ts";
import { editSiteOf } from "./edit-site.ts";
import { leafAddress } from "./effective-model.ts";
import { isContainerSetting, servicesLoading } from "./env-file-use.ts";
import { explainAbsence } from "./explain-absence.ts";
import type { PortEntry } from "./port-entry.ts";
import type { Project } from "./project.ts";
import { inheritedEntries } from "./inherited-ports.ts";
import { entriesPublishing, type ServicePorts } from "./service-ports.ts";
import { positionAt } from "./text-position.ts";
import type { EditNote, PortMove, Refusal } from "./types.ts";

/** One move worked out: what to replace, and the leaf values that must come of it. */
export interface PlannedMove {
  readonly move: PortMove;
  readonly entries: readonly PortEntry[];
  readonly edits: readonly Edit[];
  readonly expected: ReadonlyMap<string, string>;
  readonly notes: readonly EditNote[];
  readonly refusals: readonly Refusal[];
}

/** What all moves are worked out on. */
export interface MoveGround {
  readonly project: Project;
  readonly services: ReadonlyMap<string, ServicePorts>;
  /** By service, those that would move with it. */
  readonly heirs: ReadonlyMap<string, readonly string[]>;
  readonly moves: readonly PortMove[];
}

export function planMove({ project, services, heirs, moves }: MoveGround, move: PortMove): PlannedMove {
  const { service, from, to } = move;
  const all = entriesPublishing(services.get(service)?.entries ?? [], from, move.protocol);
  const entries = all.filter((entry) => isSingle(entry) && entry.target?.low === move.target);
  const refusals: Refusal[] = all.flatMap((entry) => refuseEntry(entry, move, moves));
  const inherited = inheritedEntries(project, services, service, from);
  refusals.push(...inherited.map((entry) => refuseInherited(entry, move)));
  if (entries.length === 0 && refusals.length === 0) refusals.push(explainAbsence(project, services, move));
  const own = heirs.get(service);
  if (own !== undefined) refusals.push(...entries.map((entry) => refuseShared(entry, move, own)));

  const edits: Edit[] = [];
  const expected = new Map<string, string>();
  const notes: EditNote[] = [];
  for (const entry of entries) {
    const { published } = entry;
    if (published === undefined) continue;
    const { path } = entry.file;
    const { traced, start, end, scalar } = published;
    const site = editSiteOf(project, { path, ...published }, true);
    const reason =
      site.kind === "fixed" ? site.reason : whyVariableStays(project, site.range.path, site.range.variable);
    if (reason !== undefined || site.kind === "fixed") {
      refusals.push(cannotMove(entry, move, reason ?? ""));
      continue;
    }
    edits.push({ range: site.range, to: String(to) });
    notes.push(...reachNotes(project, site.range));
    // Inside a longer text the value stays a text; a whole scalar may be a YAML number.
    const kind = typeof scalar.value === "number" ? "number" : "text";
    const value = traced.text.slice(0, start) + String(to) + traced.text.slice(end);
    expected.set(leafAddress(path, entry.address), `${kind} ${value}`);
  }
  return { move, entries, edits, expected, notes, refusals };
}

function isSingle({ published, target }: PortEntry): boolean {
  return published?.range.low === published?.range.high && target !== undefined && target.low === target.high;
}

function refuseEntry(entry: PortEntry, move: PortMove, moves: readonly PortMove[]): readonly Refusal[] {
  const { published, target } = entry;
  if (published === undefined) return [];
  const { start, end, traced } = published;
  const written = traced.text.slice(start, end);
  if (!isSingle(entry)) {
    return [
      cannotMove(entry, move, `it is part of the range ${written}: write the range as single ports first`),
    ];
  }
  const others = moves.filter((other) => other.service === move.service && other.from === move.from);
  if (!others.some((other) => other.target === target?.low)) {
    const reason = `there it leads to container port ${target?.low}, not ${move.target}: inspect again, or move that one too`;
    return [cannotMove(entry, move, reason)];
  }
  return written === String(move.from)
    ? []
    : [cannotMove(entry, move, `it is written ${written}: write ${move.from}`)];
}

function refuseInherited(entry: PortEntry, move: PortMove): Refusal {
  const why = `it is declared by service ${entry.service}, which ${move.service} extends: move the line into ${move.service} first`;
  return cannotMove(entry, move, why);
}

function refuseShared(entry: PortEntry, move: PortMove, heirs: readonly string[]): Refusal {
  return cannotMove(
    entry,
    move,
    `${heirs.join(", ")} extends ${move.service} and would move too: edit it by hand`,
  );
}

function whyVariableStays(project: Project, path: string, variable: string | undefined): string | undefined {
  if (variable === undefined || !isContainerSetting(variable)) return undefined;
  const loading = servicesLoading(project, path);
  if (loading.length === 0) return undefined;
  return (
    `${variable} in ${path} also sets the port inside the containers of ${loading.join(", ")}: ` +
    `write the host port as a number in the Compose file`
  );
}

function reachNotes(project: Project, range: Edit["range"]): readonly EditNote[] {
  const loading = range.variable === undefined ? [] : servicesLoading(project, range.path);
  if (loading.length === 0) return [];
  const text = project.envFiles.find((file) => file.path === range.path)?.text ?? "";
  const message = `${range.variable} also reaches the containers of ${loading.join(", ")} by env_file`;
  return [{ path: range.path, line: positionAt(text, range.start).line, message }];
}

function cannotMove(entry: PortEntry, move: PortMove, why: string): Refusal {
  const { path } = entry.file;
  const reason = `host port ${move.from} of service ${move.service} cannot be moved in ${path} line ${entry.line}: ${why}`;
  return { path, line: entry.line, service: move.service, reason };
}
