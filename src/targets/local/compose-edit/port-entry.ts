import { isMap, isScalar, type Node, type Scalar } from "yaml";
import { entryOf, lineOf, resolved, scalarText, type ComposeFile, type ScalarText } from "./compose-file.ts";
import { interpolate, type TracedText } from "../../../core/masking/interpolate.ts";
import type { Project } from "./project.ts";

interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** One item of a service's `ports:`, read in the light of the variables. */
export interface PortEntry {
  readonly service: string;
  readonly file: ComposeFile;
  /** Where the value stands in the file's model, such as `services`, `devlake`, `ports`, 0. */
  readonly address: readonly (string | number)[];
  readonly line: number;
  readonly protocol: string;
  readonly target: PortRange | undefined;
  /** Absent when Docker picks the host port, or when the entry cannot be read. */
  readonly published: PublishedPort | undefined;
  /** Why there is no host port in it that could be moved. */
  readonly unpublished?: string | undefined;
}

/** The host port inside its scalar: `[start, end)` of the interpolated text. */
interface PublishedPort {
  readonly range: PortRange;
  readonly scalar: Scalar;
  readonly written: ScalarText;
  readonly traced: TracedText;
  readonly start: number;
  readonly end: number;
}

const SHORT =
  /^(?:(?:\[[^\]]*\]|[^:[\]]*):)?(?<published>\d+(?:-\d+)?):(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>[a-z]+))?$/di;
const UNPUBLISHED = /^(?:(?:\[[^\]]*\]|[^:[\]]*)?:)?:?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>[a-z]+))?$/i;
const RANGE = /^(\d+)(?:-(\d+))?$/;

export function readPortEntry(
  project: Project,
  file: ComposeFile,
  service: string,
  index: number,
  item: unknown,
): PortEntry {
  const address = ["services", service, "ports", index];
  const node = resolved(file, item);
  if (isMap(node)) return readLong(project, { service, file, address, line: lineOf(file, node) }, node);
  const place = { service, file, address, line: lineOf(file, node) };
  if (!isScalar(node)) return unreadable(place, "it is neither a text nor a map");
  if (node.tag === "!reset") return unreadable(place, `it carries the tag ${node.tag}`);
  const { written, traced } = readScalar(project, file, node);
  const match = SHORT.exec(traced.text);
  const span = match?.indices?.groups?.["published"];
  if (traced.problem === undefined && match?.groups !== undefined && span !== undefined) {
    const { published, target, protocol } = match.groups;
    return {
      ...place,
      protocol: protocol?.toLowerCase() ?? "tcp",
      target: rangeOf(target),
      published: publishedAt(rangeOf(published), {
        scalar: node,
        written,
        traced,
        start: span[0],
        end: span[1],
      }),
    };
  }
  const random = UNPUBLISHED.exec(traced.text);
  if (traced.problem !== undefined || random?.groups === undefined) {
    return unreadable(place, traced.problem ?? "it is not a port mapping that Compose knows");
  }
  return {
    ...place,
    protocol: random.groups["protocol"]?.toLowerCase() ?? "tcp",
    target: rangeOf(random.groups["target"]),
    published: undefined,
    unpublished: noHostPort(traced),
  };
}

type Place = Pick<PortEntry, "service" | "file" | "address" | "line">;

function readLong(project: Project, place: Place, map: Node): PortEntry {
  const { file } = place;
  const protocolNode = entryOf(file, map, "protocol");
  const protocol = isScalar(protocolNode) ? readScalar(project, file, protocolNode).traced.text : "tcp";
  const targetNode = entryOf(file, map, "target");
  const target = isScalar(targetNode)
    ? rangeOf(readScalar(project, file, targetNode).traced.text)
    : undefined;
  const scalar = entryOf(file, map, "published");
  if (!isScalar(scalar)) {
    return { ...place, protocol, target, published: undefined, unpublished: noHostPort() };
  }
  const { written, traced } = readScalar(project, file, scalar);
  const range = rangeOf(traced.text);
  const unpublished =
    traced.problem ?? (traced.text === "" ? noHostPort(traced) : "its published value is not a port number");
  const address = [...place.address, "published"];
  const line = lineOf(file, scalar);
  if (traced.problem !== undefined || range === undefined) {
    return { ...place, address, line, protocol, target, published: undefined, unpublished };
  }
  const published = publishedAt(range, { scalar, written, traced, start: 0, end: traced.text.length });
  return { ...place, address, line, protocol, target, published };
}

function readScalar(
  project: Project,
  file: ComposeFile,
  scalar: Scalar,
): Pick<PublishedPort, "written" | "traced"> {
  const written = scalarText(file, scalar);
  return { written, traced: interpolate(written.value, project.lookup) };
}

function publishedAt(
  range: PortRange | undefined,
  place: Omit<PublishedPort, "range">,
): PublishedPort | undefined {
  return range && { range, ...place };
}

function rangeOf(text: string | undefined): PortRange | undefined {
  const match = RANGE.exec(text ?? "");
  return match ? { low: Number(match[1]), high: Number(match[2] ?? match[1]) } : undefined;
}

function noHostPort(traced?: TracedText): string {
  const [variable] = traced?.unset ?? [];
  return variable === undefined
    ? "it names only the container port, so Docker picks a free host port each time and there is none to move"
    : `${variable} has no value and no default, so Docker picks a host port: set ${variable} in .env`;
}

function unreadable(place: Place, why: string): PortEntry {
  return { ...place, protocol: "tcp", target: undefined, published: undefined, unpublished: why };
}
