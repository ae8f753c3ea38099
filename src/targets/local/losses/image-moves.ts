import type { ServiceImage } from "../facts/change-facts.ts";
import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { serviceImage, serviceRole } from "../facts/local-facts.ts";
import type { RecreationLoss } from "./recreation-loss.ts";

/** Parts of DevLake whose image decides in which form data is written. */
const withData: ReadonlySet<string> = new Set(["database", "grafana", "backend"]);

export function hasDataUnderImage(facts: Facts, service: string): boolean {
  return withData.has(readFact(facts, serviceRole(service)) ?? "other");
}

/**
 * Whether a pull brings what was meant, or what no data depends on. Of services that are no part of DevLake nobody knows
 * what they keep.
 */
export function isFixedImage(facts: Facts, service: string): boolean {
  return (
    readFact(facts, serviceImage(service))?.isDigest === true ||
    readFact(facts, serviceRole(service)) === "config-ui"
  );
}

/** A container is created from an image that the engine has, and nothing but a step made for it pulls one. */
export function missingImageProblems(
  facts: Facts,
  services: readonly string[],
): readonly { readonly fact: string; readonly message: string }[] {
  return services
    .filter((service) => readFact(facts, serviceImage(service))?.present === false)
    .map((service) => ({
      fact: serviceImage(service).id,
      message: `the image of ${service}, ${readFact(facts, serviceImage(service))?.wanted ?? ""}, is not on this engine`,
    }));
}

/** Another version under data, which goes up only with a backup before it, and never down. */
export function imageMoves(facts: Facts, service: string): readonly RecreationLoss[] {
  const image = readFact(facts, serviceImage(service));
  if (image === undefined || !hasDataUnderImage(facts, service) || !isMoved(image)) return [];
  const role = readFact(facts, serviceRole(service));
  const move = `the image of ${service} would move ${movement(image)}`;
  const why = isDownwards(image)
    ? "an older version does not read what a newer one wrote"
    : role === "backend"
      ? "it brings migrations of the database, which wait for someone to confirm them unless FORCE_MIGRATION is true: then the start itself migrates. No step makes a backup before that yet: back up the database, then recreate it yourself"
      : "no step makes a backup of its data before that yet: back it up, then recreate it yourself";
  return [{ kind: "image", of: service, fact: serviceImage(service).id, message: `${move}, and ${why}` }];
}

export function imageMoveReads(service: string): readonly FactRef<unknown>[] {
  return [serviceImage(service), serviceRole(service)];
}

/** The name counts only where nobody could compare the images themselves. */
function isMoved({ moved, wanted, running, present }: ServiceImage): boolean {
  if (running === undefined) return false;
  if (moved !== undefined) return moved;
  return present === false || wanted !== running;
}

function movement({ wanted, running, wantedVersion, runningVersion, present }: ServiceImage): string {
  const [from, to] = [runningVersion ?? running ?? "?", wantedVersion ?? wanted];
  if (present === false) return `to whatever ${wanted} is once it is pulled`;
  if (from === to) return `to another image of the name ${wanted}`;
  return `from ${from} to ${to}`;
}

function isDownwards({ wantedVersion, runningVersion }: ServiceImage): boolean {
  const [wanted, running] = [numbersOf(wantedVersion), numbersOf(runningVersion)];
  if (wanted === undefined || running === undefined) return false;
  for (let index = 0; index < Math.max(wanted.length, running.length); index++) {
    const step = (wanted[index] ?? 0) - (running[index] ?? 0);
    if (step !== 0) return step < 0;
  }
  return false;
}

function numbersOf(version: string | undefined): readonly number[] | undefined {
  const match = /\d+(?:\.\d+)*/.exec(version ?? "");
  return match?.[0].split(".").map(Number);
}
