import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection, Remedy } from "../../../core/finding.ts";
import { isFixedImage } from "../losses/image-moves.ts";
import { containerState, serviceImage, serviceModel } from "../facts/local-facts.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { needsRecreation } from "../advice/needs-recreation.ts";
import type { Rule } from "../../../core/rule.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/** A container can only be created from an image that the engine has; one that exists starts without it. */
export const imageNotFoundRule: Rule = {
  classes: ["image_not_found"],
  detect: (facts) => {
    const missing = servicesToRun(facts).filter((service) => lacksImage(facts, service));
    return missing.length === 0 ? [] : [detection(facts, missing)];
  },
};

function lacksImage(facts: Facts, service: string): boolean {
  if (readFact(facts, serviceImage(service))?.present !== false) return false;
  // No registry has what is built here.
  if (readFact(facts, serviceModel(service))?.buildsImage === true) return false;
  return readFact(facts, containerState(service)) === "absent" || needsRecreation(facts, service);
}

function detection(facts: Facts, missing: readonly string[]): Detection {
  const named = missing.map(
    (service) => `${service} (${readFact(facts, serviceImage(service))?.wanted ?? "?"})`,
  );
  const fixed = missing.filter((service) => isFixedImage(facts, service));
  const floating = missing.filter((service) => !fixed.includes(service));
  return {
    class: "image_not_found",
    severity: "blocking",
    confidence: 0.97,
    summary: `${missing.length === 1 ? "the image of" : "the images of"} ${named.join(", ")} ${missing.length === 1 ? "is" : "are"} not on this engine, so no container can be created from ${missing.length === 1 ? "it" : "them"}`,
    evidence: missing.flatMap((service) => [serviceImage(service).id, containerState(service).id]),
    refutedBy: "`docker image inspect` of that name finds it",
    remedies: [
      ...remedy("pull_fixed_images", fixed, "what is pulled is what was meant, or no data depends on it"),
      ...remedy("pull_images", floating, "without their images no container can be created"),
    ],
    nextSteps: [
      `pull what is missing, if the version is the one that the data was written with: \`docker compose pull ${missing.join(" ")}\``,
      RUN_AGAIN,
    ],
  };
}

function remedy(tool: string, services: readonly string[], why: string): readonly Remedy[] {
  return services.length === 0 ? [] : [{ tool, args: { services: [...services] }, why }];
}
