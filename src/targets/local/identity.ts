import type { MovedFact } from "../../core/expectations.ts";
import { readFact, type Facts } from "../../core/fact.ts";
import { sameJson } from "../../core/text/json.ts";
import type { Target } from "../../core/target.ts";
import { placedMisfit } from "../../core/text/misfit-text.ts";
import type { Identity } from "../family.ts";
import { LocalTargetSchema, localIdentityOf } from "./facts/local-target.ts";
import { composeProject, composeStatus, engineId, projectVolumes } from "./facts/local-facts.ts";

/** A Compose project is the one it is by its name, its engine and its volumes. */
export const localIdentity: Identity = {
  misfit: (target) => {
    const [issue] = LocalTargetSchema.safeParse(target).error?.issues ?? [];
    return issue && placedMisfit(issue, target);
  },
  deployment: (target) => {
    const { engineId: engine = "" } = localIdentityOf(target);
    const { project = "" } = target;
    return engine === "" || project === "" ? undefined : { engineId: engine, project };
  },
  reads: [composeProject(), engineId(), projectVolumes()],
  of: (facts, directory) => {
    const id = readFact(facts, engineId());
    const project = readFact(facts, composeProject());
    return {
      kind: "local",
      directory,
      ...(project !== undefined && { project }),
      identity: {
        ...(id !== undefined && { engineId: id }),
        volumes: [...(readFact(facts, projectVolumes()) ?? [])],
      },
    };
  },
  moves: identityMoves,
  whyNotHere: ({ project: was = null }, facts) => {
    const is = readFact(facts, composeProject()) ?? null;
    return was === is && is !== null ? undefined : { fact: composeProject().id, was, is };
  },
  otherHere: ({ project }, facts) => {
    const is = readFact(facts, composeProject());
    if (project === undefined || is === project) return undefined;
    return { is: is === undefined ? undefined : named(is), was: named(project) };
  },
  missing: (facts) =>
    readFact(facts, composeStatus())?.status === "missing"
      ? {
          what: "no Compose file",
          hint: "go to the directory of your docker-compose.yml, or name it with --dir DIRECTORY",
        }
      : undefined,
};

function named(project: string): string {
  return `Compose project "${project}"`;
}

function identityMoves(target: Target, facts: Facts, hasBegun: boolean): readonly MovedFact[] {
  const { project } = target;
  const identity = localIdentityOf(target);
  const volumes = hasBegun ? undefined : identity.volumes;
  const pairs = [
    [composeProject().id, readFact(facts, composeProject()), project],
    [engineId().id, readFact(facts, engineId()), identity.engineId],
    [projectVolumes().id, volumes && (readFact(facts, projectVolumes()) ?? []), volumes],
  ] as const;
  return pairs.flatMap(([fact, is, was]) =>
    sameJson(is ?? null, was ?? null) ? [] : [{ fact, was: was ?? null, is: is ?? null }],
  );
}
