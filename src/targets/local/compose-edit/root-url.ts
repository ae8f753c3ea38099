import { isMap, isScalar, type Scalar } from "yaml";
import { entriesOf, itemsOf, lineOf, resolved, scalarText, type ComposeFile } from "./compose-file.ts";
import { editSiteOf } from "./edit-site.ts";
import { interpolate } from "../../../core/masking/interpolate.ts";
import { leafAddress } from "./effective-model.ts";
import { servicesLoading } from "./env-file-use.ts";
import type { Project } from "./project.ts";
import { positionAt } from "./text-position.ts";
import type { Edit } from "./apply-edits.ts";
import type { EditNote, PortMove } from "./types.ts";

/** What following the moves does to `GF_SERVER_ROOT_URL`: edits, and the leaf values they must lead to. */
export interface RootUrlEdits {
  readonly edits: readonly Edit[];
  readonly expected: ReadonlyMap<string, string>;
  readonly notes: readonly EditNote[];
}

const NAME = "GF_SERVER_ROOT_URL";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const URL_PARTS =
  /^(?:GF_SERVER_ROOT_URL=)?(?<scheme>https?):\/\/(?<host>\[[^\]]*\]|[^/:?#@]+)(?::(?<port>\d+))?(?=[/?#]|$)/d;
const DEFAULT_PORT: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** Where Grafana's own address is set, and the text there. */
interface UrlPlace {
  readonly path: string;
  readonly line: number;
  readonly address: string;
  /** How the effective model names this leaf: written there, or handed on from a variable of that name. */
  readonly kind: "text" | "passed";
  readonly text: string;
  readonly edit: (start: number, end: number, to: string) => Edit | string;
}

/**
 * Grafana builds its links from this URL, whose port is the published port of config-ui. A loopback URL with a moved
 * port follows; any other host belongs to something in front of DevLake that only the user can change.
 */
export function followRootUrl(project: Project, moves: readonly PortMove[]): RootUrlEdits {
  const edits: Edit[] = [];
  const expected = new Map<string, string>();
  const notes: EditNote[] = [];
  if (moves.length === 0) return { edits, expected, notes };
  for (const place of urlPlaces(project)) {
    const { path, line, text } = place;
    const match = URL_PARTS.exec(text);
    if (match?.groups === undefined) continue;
    const { scheme = "", host = "", port } = match.groups;
    const span = match.indices?.groups?.["port"];
    const note = (message: string) => notes.push({ path, line, message });
    if (!LOOPBACK.has(host.toLowerCase())) {
      const ports = moves.map((move) => `${move.from} to ${move.to}`).join(", ");
      note(
        `${NAME} names the host ${host} and was left alone: what answers there must follow the move (${ports})`,
      );
      continue;
    }
    const move = moves.find((candidate) => String(candidate.from) === (port ?? DEFAULT_PORT[scheme]));
    if (move === undefined) continue;
    if (span === undefined) {
      note(`${NAME} has no port: write ${scheme}://${host}:${move.to} there so that Grafana's links work`);
      continue;
    }
    const edit = place.edit(span[0], span[1], String(move.to));
    if (typeof edit === "string") {
      note(`${NAME} still says port ${move.from}, because ${edit}`);
      continue;
    }
    edits.push(edit);
    expected.set(place.address, `${place.kind} ${text.slice(0, span[0])}${move.to}${text.slice(span[1])}`);
  }
  return { edits, expected, notes };
}

function urlPlaces(project: Project): readonly UrlPlace[] {
  return [...project.composeFiles.flatMap((file) => composePlaces(project, file)), ...envPlaces(project)];
}

function composePlaces(project: Project, file: ComposeFile): readonly UrlPlace[] {
  const services = entriesOf(file, file.document.contents).get("services");
  return [...entriesOf(file, services)].flatMap(([service, node]) => {
    const environment = entriesOf(file, node).get("environment");
    const keys = ["services", service, "environment"];
    if (isMap(environment)) {
      const value = entriesOf(file, environment).get(NAME);
      return isScalar(value) ? [composePlace(project, file, [...keys, NAME], value)] : [];
    }
    return itemsOf(file, environment).flatMap((item, index) => {
      const value = resolved(file, item);
      const isUrl = isScalar(value) && /^GF_SERVER_ROOT_URL(?:=|$)/.test(String(value.value));
      return isUrl ? [composePlace(project, file, [...keys, index], value)] : [];
    });
  });
}

function composePlace(
  project: Project,
  file: ComposeFile,
  keys: readonly (string | number)[],
  scalar: Scalar,
): UrlPlace {
  const { path } = file;
  const written = scalarText(file, scalar);
  const passed = scalar.value === null || scalar.value === NAME;
  const traced = interpolate(passed ? `\${${NAME}}` : written.value, project.lookup);
  return {
    path,
    line: lineOf(file, scalar),
    address: leafAddress(path, keys),
    kind: passed ? "passed" : "text",
    text: traced.text,
    edit: (start, end, to) => {
      const site = editSiteOf(project, { path, written, traced, start, end }, false);
      return site.kind === "editable" ? { range: site.range, to } : site.reason;
    },
  };
}

/** In dotenv files that a service loads; a variable that is only interpolated is found where it is used. */
function envPlaces(project: Project): readonly UrlPlace[] {
  return project.envFiles.flatMap((file) => {
    if (servicesLoading(project, file.path).length === 0) return [];
    return file.assignments.flatMap(({ name, raw, start: base, plain }, index) => {
      if (name !== NAME) return [];
      const edit = (start: number, end: number, to: string): Edit | string =>
        plain
          ? {
              range: { path: file.path, start: base + start, end: base + end, from: raw.slice(start, end) },
              to,
            }
          : `its value in ${file.path} holds escapes or variables`;
      const { line } = positionAt(file.text, base);
      const address = leafAddress(file.path, [index, NAME]);
      return [{ path: file.path, line, address, kind: "text" as const, text: raw, edit }];
    });
  });
}
