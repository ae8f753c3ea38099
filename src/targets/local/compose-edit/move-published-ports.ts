import { applyEdits, type Edit } from "./apply-edits.ts";
import { environmentChanges } from "./environment-changes.ts";
import { leafAddress } from "./effective-model.ts";
import { heirsByBase } from "./inherited-ports.ts";
import { openProject, type Project } from "./project.ts";
import { planMove, type PlannedMove } from "./plan-move.ts";
import { followRootUrl } from "./root-url.ts";
import { entriesPublishing, readServicePorts, type ServicePorts } from "./service-ports.ts";
import type { EditNote, EditOutcome, EditRequest, PortMove, Refusal } from "./types.ts";
import { verifyEdits } from "./verify-edits.ts";

/**
 * Moves published host ports by replacing only their digits: every other byte of every file stays.
 * All moves are made or none is; what cannot be edited safely is refused with the reason and the way out.
 */
export function movePublishedPorts(request: EditRequest): EditOutcome {
  const { sources, moves, environment } = request;
  const invalid = [...invalidMoves(request), ...repeatedPaths(request)];
  if (invalid.length > 0) return refused(invalid);
  const opened = openProject(sources, environment);
  if ("refusals" in opened) return refused(opened.refusals);
  const { project } = opened;

  const services = readServicePorts(project);
  const ground = { project, services, heirs: heirsByBase(project, services), moves };
  const planned = moves.map((move) => planMove(ground, move));
  const refusals = [...planned.flatMap((plan) => plan.refusals), ...occupied(services, planned)];
  if (refusals.length > 0) return refused(refusals);

  const follows = moves.filter((move) => request.rootUrlFollows?.includes(move.service));
  const rootUrl = followRootUrl(project, follows);
  const edits = [...planned.flatMap((plan) => plan.edits), ...rootUrl.edits];
  const expected = new Map([
    ...planned.flatMap((plan) => [...plan.expected]),
    ...rootUrl.expected,
    ...expectedInEnvFiles(project, edits),
  ]);
  const files = applyEdits(sources, edits);
  if (files === undefined) return refused([contradiction(request)]);
  const wrong = verifyEdits({ project, sources, files, edits, expected }, request.reading);
  if (wrong.length > 0) return refused(wrong);
  return {
    kind: "edited",
    files,
    notes: distinct([...planned.flatMap((plan) => plan.notes), ...rootUrl.notes]),
    environment: environmentChanges(project, expected),
  };
}

function refused(refusals: readonly Refusal[]): EditOutcome {
  return { kind: "refused", refusals };
}

function invalidMoves({ sources, moves }: EditRequest): readonly Refusal[] {
  const path = sources.find((source) => source.role === "compose")?.path ?? "";
  return moves.flatMap(({ service, from, to }) => {
    if (!isPort(to))
      return [{ path, service, reason: `${to} is not a host port: choose one from 1 to 65535` }];
    if (from === to)
      return [{ path, service, reason: `host port ${from} of service ${service} is where it should go` }];
    return [];
  });
}

function repeatedPaths({ sources }: EditRequest): readonly Refusal[] {
  const paths = sources.map((source) => source.path);
  const repeated = paths.filter((path, index) => paths.indexOf(path) !== index);
  return repeated.map((path) => ({ path, reason: `${path} is given twice: give each file once` }));
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}

/** The new port must not be one that the project publishes already, unless that one moves away. */
function occupied(
  services: ReadonlyMap<string, ServicePorts>,
  planned: readonly PlannedMove[],
): readonly Refusal[] {
  const leaving = new Set(planned.flatMap((plan) => plan.entries));
  const staying = [...services.values()]
    .flatMap(({ entries }) => entries)
    .filter((entry) => !leaving.has(entry));
  return planned.flatMap(({ move, entries }, index) => {
    const protocols = new Set(entries.map((entry) => entry.protocol));
    const holders = entriesPublishing(staying, move.to, undefined)
      .filter((entry) => protocols.has(entry.protocol))
      .map(({ service, file, line }) => `service ${service} in ${file.path} line ${line}`);
    const rivals = planned
      .slice(0, index)
      .filter(
        (other) => other.move.to === move.to && other.entries.some(({ protocol }) => protocols.has(protocol)),
      )
      .map((other) => `the move of service ${other.move.service}`);
    return [...holders, ...rivals].map((holder) => takenBy(holder, move, entries[0]?.file.path ?? ""));
  });
}

function takenBy(holder: string, { service, to }: PortMove, path: string): Refusal {
  return {
    path,
    service,
    reason: `host port ${to} for service ${service} is taken by ${holder}: choose another`,
  };
}

/** In dotenv files the assignment that holds an edit is the leaf that changes. */
function expectedInEnvFiles(
  project: Project,
  edits: readonly Edit[],
): readonly (readonly [string, string])[] {
  return project.envFiles.flatMap((file) =>
    file.assignments.flatMap(({ name, start, end, raw }, index) => {
      const edit = edits.find(
        ({ range }) => range.path === file.path && start <= range.start && range.end <= end,
      );
      if (edit === undefined) return [];
      const value = raw.slice(0, edit.range.start - start) + edit.to + raw.slice(edit.range.end - start);
      return [[leafAddress(file.path, [index, name]), `text ${value}`] as const];
    }),
  );
}

function contradiction({ sources }: EditRequest): Refusal {
  const path = sources.find((source) => source.role === "compose")?.path ?? "";
  return {
    path,
    reason: `two moves want different values in one place of ${path}: give each service its own port`,
  };
}

function distinct(notes: readonly EditNote[]): readonly EditNote[] {
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];
}
