import { sameFile } from "./env-file-use.ts";
import { isWithin } from "./inherited-ports.ts";
import type { Project } from "./project.ts";
import { includedFiles, type ServicePorts } from "./service-ports.ts";
import type { PortMove, Refusal } from "./types.ts";

/** Why no entry of the service publishes the wanted host port, and which file to edit instead. */
export function explainAbsence(
  project: Project,
  services: ReadonlyMap<string, ServicePorts>,
  move: PortMove,
): Refusal {
  const { service, from, target } = move;
  const paths = project.composeFiles.map((file) => file.path).join(", ");
  const path = project.composeFiles[0]?.path ?? "";
  const ports = services.get(service);
  if (ports === undefined) return unknownService(project, services, move, path);

  const unread = ports.entries.find(
    (entry) => entry.published === undefined && (entry.target === undefined || entry.target.low === target),
  );
  if (unread !== undefined) {
    const reason = `service ${service} does not publish host port ${from} in ${unread.file.path} line ${unread.line}: ${unread.unpublished ?? "it has no host port"}`;
    return { service, path: unread.file.path, line: unread.line, reason };
  }
  const elsewhere = ports.extensions.find((extension) => !isWithin(project, extension));
  if (elsewhere !== undefined) {
    const reason = `service ${service} extends ${elsewhere.base} of ${elsewhere.file}: host port ${from} must be moved in that file`;
    return { service, path: elsewhere.path, line: elsewhere.line, reason };
  }
  const published = ports.entries.map(
    ({ published: own }) => own && own.traced.text.slice(own.start, own.end),
  );
  const list = published.filter((text) => text !== undefined).join(", ");
  const reason = `service ${service} publishes no host port ${from} in ${paths}: it publishes ${list === "" ? "none" : list}`;
  return { service, path, reason };
}

function unknownService(
  project: Project,
  services: ReadonlyMap<string, ServicePorts>,
  { service, from }: PortMove,
  path: string,
): Refusal {
  const included = includedFiles(project).filter(
    (include) => !project.composeFiles.some((known) => sameFile(known.path, include.path)),
  );
  const [first] = included;
  if (first !== undefined) {
    const files = included.map((include) => include.path).join(", ");
    const reason = `service ${service} is not in ${first.by}, which includes ${files}: host port ${from} must be moved there`;
    return { service, path: first.by, line: first.line, reason };
  }
  const known = [...services.keys()].join(", ");
  return {
    service,
    path,
    reason: `there is no service ${service} in ${path}: the services are ${known || "none"}`,
  };
}
