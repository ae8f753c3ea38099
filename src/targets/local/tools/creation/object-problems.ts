import type { ProjectObject } from "../../facts/change-facts.ts";
import { readFact, type FactRef, type Facts } from "../../../../core/fact.ts";
import { projectNetworkStates, projectVolumeStates } from "../../facts/local-facts.ts";
import { servicesMadeAlong } from "../../losses/made-along.ts";
import { emptyStarts } from "../../losses/empty-starts.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";

const kinds = [
  ["network", projectNetworkStates()],
  ["volume", projectVolumeStates()],
] as const satisfies readonly (readonly [string, FactRef<readonly ProjectObject[]>])[];

/**
 * What Compose would do to a network or volume beside making a missing one. It stops and disconnects containers for a
 * network whose settings differ, and puts a database on the new, empty volume of another name (tried with 2.40 and 5.5).
 */
const why: Readonly<Partial<Record<ProjectObject["status"], string>>> = {
  differs: "has other settings than the Compose files want, and Compose would make it again",
  renamed: "has another name in the Compose files than the one that containers use",
  external_missing: "is declared external, and does not exist",
  foreign: "is not of this project",
};

/** Networks and volumes of the named services, and those made along with them, that make it unsafe to create or recreate their containers. */
export function objectProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  const all = servicesMadeAlong(facts, services);
  return [
    ...kinds.flatMap(([kind, ref]) =>
      usedBy(readFact(facts, ref) ?? [], all).flatMap(({ name, status }) => {
        const problem = why[status];
        return problem === undefined ? [] : [{ fact: ref.id, message: `${kind} ${name} ${problem}` }];
      }),
    ),
    ...emptyStarts(facts, services).map(({ service, volume, forgotten }) => ({
      fact: projectVolumeStates().id,
      message: `${service} would start on the new, empty volume ${volume}, and its data may be in ${forgotten.join(", ")}, which the Compose files no longer name`,
    })),
  ];
}

/** `network devlake_default`: those that Compose makes, for the named services or along with them, because they are not there. */
export function objectsToMake(facts: Facts, services: readonly string[]): readonly string[] {
  const all = servicesMadeAlong(facts, services);
  return kinds.flatMap(([kind, ref]) =>
    usedBy(readFact(facts, ref) ?? [], all)
      .filter(({ status }) => status === "absent")
      .map(({ name }) => `${kind} ${name}`),
  );
}

function usedBy(objects: readonly ProjectObject[], services: readonly string[]): readonly ProjectObject[] {
  return objects.filter((object) => object.services.some((service) => services.includes(service)));
}
