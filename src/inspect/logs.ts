import { FactsDraft, type Facts } from "../core/fact.ts";
import { logLine } from "../core/local-facts.ts";
import { SERVICE_LABEL } from "./containers.ts";
import type { Redact } from "../core/redact.ts";
import type { ContainerDetails, DockerReader } from "../ports/docker.ts";

const TAIL = 30;
const MAX_LINE = 2_000;

/** The last log lines of every container that ran; each line with an id, so that evidence can cite it. */
export async function logFacts(
  docker: DockerReader,
  containers: readonly ContainerDetails[],
  redact: Redact,
): Promise<Facts> {
  const draft = new FactsDraft();
  await Promise.all(
    containers.map(async ({ id, labels }) => {
      const service = labels[SERVICE_LABEL] ?? "";
      const lines = await docker.logs(id, TAIL);
      // Cut before redaction: patterns are slow on very long lines.
      lines.forEach((line, index) => draft.set(logLine(service, index + 1), redact(line.slice(0, MAX_LINE))));
    }),
  );
  return draft.facts();
}
