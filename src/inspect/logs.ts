import { errorText } from "../core/errors.ts";
import { FactsDraft, type Facts } from "../core/fact.ts";
import { logLine } from "../core/local-facts.ts";
import { SERVICE_LABEL } from "./containers.ts";
import type { Redact } from "../core/redact.ts";
import type { ContainerDetails, DockerReader } from "../ports/docker.ts";

// A Go panic puts its cause in front of a long stack.
const TAIL = 80;
const MAX_LINE = 2_000;
const MAX_READ = 16 * MAX_LINE;

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
      try {
        const lines = await docker.logs(id, TAIL);
        // Redacted before it is cut, so that no half of a secret is left at the end.
        lines.forEach((line, index) =>
          draft.set(logLine(service, index + 1), redact(line.slice(0, MAX_READ)).slice(0, MAX_LINE)),
        );
      } catch (thrown) {
        draft.unavailable(logLine(service, 1), redact(errorText(thrown)));
      }
    }),
  );
  return draft.facts();
}
