import { readFact, type Facts } from "../core/fact.ts";
import {
  composeSource,
  containerId,
  containerName,
  containerPorts,
  containerState,
  parametersOf,
  projectNetworks,
  stateFile,
  strayContainers,
} from "../core/local-facts.ts";
import { sameJson } from "../core/json.ts";

/** What of the things that steps can change is not as it was, in words; empty when all is as before. */
export function leftBehind(before: Facts, after: Facts): readonly string[] {
  const paths = new Set([...parametersOf(before, composeSource), ...parametersOf(after, composeSource)]);
  const services = new Set([...parametersOf(before, containerState), ...parametersOf(after, containerState)]);
  return [
    ...[...paths]
      .filter((path) => differs(before, after, composeSource(path).id))
      .map((path) => `${path} differs`),
    ...(differs(before, after, stateFile().id) ? ["the state file differs"] : []),
    ...[...services].flatMap((service) => containerChange(before, after, service)),
    ...(differs(before, after, strayContainers().id) ? ["other containers of the project differ"] : []),
    ...networkChanges(before, after),
  ];
}

function differs(before: Facts, after: Facts, id: string): boolean {
  return !sameJson(before.get(id) ?? null, after.get(id) ?? null);
}

function containerChange(before: Facts, after: Facts, service: string): readonly string[] {
  const was = stateOf(before, service);
  const is = stateOf(after, service);
  if (was !== is) return [`${service} is ${is} and was ${was}`];
  // A container that never ran holds nothing: one like it in its place is no difference.
  const id = was === "created" ? containerPorts(service).id : containerId(service).id;
  if (differs(before, after, id)) return [`the container of ${service} is another one`];
  // docker-compose 1.x renames a container that it fails to make anew.
  const name = readFact(after, containerName(service)) ?? "none";
  return differs(before, after, containerName(service).id)
    ? [`the container of ${service} is called ${name}`]
    : [];
}

/** Between restarts a container is now running, now restarting: the same thing. */
function stateOf(facts: Facts, service: string): string {
  const state = readFact(facts, containerState(service)) ?? "not known";
  return state === "restarting" ? "running" : state;
}

function networkChanges(before: Facts, after: Facts): readonly string[] {
  const was = networkNames(before);
  const is = networkNames(after);
  return was === is ? [] : [`networks are ${is} and were ${was}`];
}

function networkNames(facts: Facts): string {
  return (readFact(facts, projectNetworks()) ?? []).map(({ name }) => name).join(", ") || "none";
}
