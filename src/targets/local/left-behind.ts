import type { Footprint } from "../../core/footprint.ts";
import { type LocalFootprint, LocalFootprintSchema } from "./footprint.ts";

/** What of the things that steps can change is not as it was, in words; empty when all is as before. */
export function leftBehind(was: Footprint, is: Footprint): readonly string[] {
  const [before, after] = [was, is].map((footprint) => LocalFootprintSchema.safeParse(footprint).data);
  if (before === undefined || after === undefined) return ["what was there before the run cannot be read"];
  const paths = new Set([...Object.keys(before.files), ...Object.keys(after.files)]);
  const services = new Set([...Object.keys(before.containers), ...Object.keys(after.containers)]);
  return [
    ...[...paths].filter((path) => before.files[path] !== after.files[path]).map((path) => `${path} differs`),
    ...(before.stateFile === after.stateFile ? [] : ["the state file differs"]),
    ...[...services].flatMap((service) =>
      containerChange(service, before.containers[service], after.containers[service]),
    ),
    ...(before.strays === after.strays ? [] : ["other containers of the project differ"]),
    ...networkChanges(before.networks, after.networks),
  ];
}

type Container = LocalFootprint["containers"][string];

function containerChange(
  service: string,
  was: Container | undefined,
  is: Container | undefined,
): readonly string[] {
  const before = was?.state ?? "not known";
  const after = is?.state ?? "not known";
  if (before !== after) return [`${service} is ${after} and was ${before}`];
  if (was?.identity !== is?.identity) return [`the container of ${service} is another one`];
  // docker-compose 1.x renames a container that it fails to make anew.
  return was?.name === is?.name ? [] : [`the container of ${service} is called ${is?.name ?? "none"}`];
}

function networkChanges(before: readonly string[], after: readonly string[]): readonly string[] {
  const was = before.join(", ") || "none";
  const is = after.join(", ") || "none";
  return was === is ? [] : [`networks are ${is} and were ${was}`];
}
