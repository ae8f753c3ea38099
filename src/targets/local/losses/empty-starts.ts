import { readFact, type Facts } from "../../../core/fact.ts";
import { projectVolumeStates, serviceRole } from "../facts/local-facts.ts";

/** A service that keeps data and would begin without, though what it had may still be there. */
export interface EmptyStart {
  readonly service: string;
  /** The volume that Compose would make for it. */
  readonly volume: string;
  /** Volumes of this project that the files no longer name. */
  readonly forgotten: readonly string[];
}

/** Which of these services would start on a new volume while the project has volumes that no file names any more. */
export function emptyStarts(facts: Facts, services: readonly string[]): readonly EmptyStart[] {
  const volumes = readFact(facts, projectVolumeStates()) ?? [];
  const forgotten = volumes.filter(({ status }) => status === "forgotten").map(({ name }) => name);
  if (forgotten.length === 0) return [];
  return services
    .filter((service) => ["database", "grafana"].includes(readFact(facts, serviceRole(service)) ?? ""))
    .flatMap((service) =>
      volumes
        .filter(({ status, services: users }) => status === "absent" && users.includes(service))
        .map(({ name: volume }) => ({ service, volume, forgotten })),
    );
}
