import { movePublishedPorts } from "./move-published-ports.ts";
import { openProject } from "./project.ts";
import { entriesPublishing, readServicePorts } from "./service-ports.ts";
import { positionAt } from "./text-position.ts";
import type { ComposeSource } from "./types.ts";

/** One place that publishes a host port. `raw` is the value as written, quotes included. */
export interface PortDeclaration {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly raw: string;
  readonly target: number | undefined;
  readonly protocol: string;
  readonly editable: boolean;
  /** Why it cannot be moved by an edit, and the way out; absent when it can. */
  readonly reason?: string | undefined;
}

/**
 * Where the Compose sources publish a service's host port; empty when nowhere, or when they cannot be read.
 * Whether a place is editable is found by trying the very edit, so that it cannot differ from what a move does.
 */
export function findPublishedPort(
  sources: readonly ComposeSource[],
  environment: ReadonlyMap<string, string>,
  service: string,
  hostPort: number,
): readonly PortDeclaration[] {
  const opened = openProject(sources, environment);
  if ("refusals" in opened) return [];
  const services = readServicePorts(opened.project);
  const entries = entriesPublishing(services.get(service)?.entries ?? [], hostPort, undefined);
  const targets = new Set(entries.map((entry) => entry.target?.low));
  const to = unusedPort(sources, hostPort);
  const moves = [...targets].flatMap((target) =>
    target === undefined ? [] : [{ service, from: hostPort, to, target }],
  );
  const trial = movePublishedPorts({ sources, environment, moves });
  const reason = trial.kind === "refused" ? trial.refusals[0]?.reason : undefined;
  return entries.flatMap(({ file, published, target, protocol }) => {
    const [start, end] = published?.scalar.range ?? [0, 0];
    const raw = file.text.slice(start, end);
    const position = positionAt(file.text, start);
    return [
      {
        path: file.path,
        ...position,
        raw,
        target: target?.low,
        protocol,
        editable: reason === undefined,
        reason,
      },
    ];
  });
}

/** A port number that no source mentions, so that the trial cannot fail for being taken. */
function unusedPort(sources: readonly ComposeSource[], hostPort: number): number {
  const text = sources.map((source) => source.text).join("\n");
  let port = hostPort === 65_535 ? 1024 : hostPort + 1;
  while (text.includes(String(port))) port = port === 65_535 ? 1024 : port + 1;
  return port;
}
