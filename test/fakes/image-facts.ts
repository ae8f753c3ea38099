import { FactsDraft, readFact, type Facts } from "../../src/core/fact.ts";
import { serviceImage, serviceModel, services } from "../../src/targets/local/facts/local-facts.ts";
import type { FakeWorld } from "./fake-world.ts";

/** The facts with what the engine has of the images that the files want, where the inspection says nothing of them. */
export function withImages(facts: Facts, { engine }: FakeWorld): Facts {
  const draft = new FactsDraft(facts);
  for (const service of readFact(facts, services()) ?? []) {
    const wanted = readFact(facts, serviceModel(service))?.image;
    if (wanted === undefined || facts.has(serviceImage(service).id)) continue;
    const present = !engine.missingImages.has(wanted);
    draft.set(serviceImage(service), { wanted, present, isDigest: wanted.includes("@sha256:") });
  }
  return draft.facts();
}
