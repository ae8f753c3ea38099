import { z } from "zod";
import { FactsDraft, readFact, type Facts } from "../../../core/fact.ts";
import { hasDataUnderImage, isFixedImage } from "../losses/image-moves.ts";
import { composeProject, serviceImage, serviceModel, serviceRole } from "../facts/local-facts.ts";
import { pullFailureOf } from "../causes/pull-failure.ts";
import { composeRunOptions, executionOf } from "./compose-run.ts";
import { type Execution, type StepContext, type UnmetPrecondition } from "../../define-tool.ts";
import { defineLocalTool, type LocalWritePorts } from "./define-local-tool.ts";
import { providerFacts, providerProblems } from "./provider-problems.ts";

const args = z.strictObject({
  services: z.array(z.string()).min(1).describe("services whose image is pulled"),
});
type Args = z.infer<typeof args>;

const shared = {
  reversible: "not-needed",
  downtimeSeconds: 0,
  retry: { attempts: 3, timeoutMs: 900_000 },
  args,
  reads: ({ services }: Args, facts: Facts) => [
    composeProject(),
    ...providerFacts(facts),
    ...services.flatMap((service) => [serviceImage(service), serviceRole(service), serviceModel(service)]),
  ],
  simulate: ({ services }: Args, facts: Facts) => {
    const draft = new FactsDraft(facts);
    for (const service of services) {
      const image = readFact(facts, serviceImage(service));
      if (image !== undefined) draft.set(serviceImage(service), { ...image, present: true });
    }
    return draft.facts();
  },
  preview: ({ services }: Args, facts: Facts) =>
    [
      `compose pull ${services.join(" ")}`,
      ...services.map((service) => previewLine(facts, service)),
      "no container is created, changed or restarted",
      "",
    ].join("\n"),
  execute: async (
    { services }: Args,
    _facts: Facts,
    write: LocalWritePorts,
    context: StepContext,
  ): Promise<Execution> => {
    const outcome = await write.compose.pull(composeRunOptions(context), services);
    const execution = executionOf(outcome, `pulled the images of ${services.join(", ")}`, context);
    if (outcome.kind !== "failed" || execution.kind !== "failed") return execution;
    const failure = pullFailureOf(outcome.stderr);
    return failure === undefined
      ? execution
      : { ...execution, transient: failure.transient, message: `${failure.cause}; ${execution.message}` };
  },
  verify: ({ services }: Args, facts: Facts): readonly UnmetPrecondition[] =>
    services
      .filter((service) => readFact(facts, serviceImage(service))?.present !== true)
      .map((service) => ({
        fact: serviceImage(service).id,
        message: `the image of ${service} is not on the engine`,
      })),
} as const;

/** Pulls images that the engine does not have. Under a tag that floats it may be another one than last time. */
export const pullImages = defineLocalTool({
  ...shared,
  name: "pull_images",
  version: 1,
  summary:
    "pulls missing images of named services; a tag such as `mysql:8` may bring another version than before",
  effect: "mutating",
  check: ({ services }, facts) => [...providerProblems(facts), ...missingProblems(facts, services)],
});

/** The same where nothing can come but what was meant, or where no data depends on it. */
export const pullFixedImages = defineLocalTool({
  ...shared,
  name: "pull_fixed_images",
  version: 1,
  summary: "pulls missing images that are named by digest, or are of services that keep no data",
  effect: "safe",
  check: ({ services }, facts) => [
    ...providerProblems(facts),
    ...missingProblems(facts, services),
    ...services
      .filter((service) => !isFixedImage(facts, service))
      .map((service) => ({
        fact: serviceImage(service).id,
        message: `the image of ${service} is named by a tag, and it keeps data: what comes may be another version`,
      })),
  ],
});

function missingProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return services.flatMap((service) => {
    const image = readFact(facts, serviceImage(service));
    const fact = serviceImage(service).id;
    if (image === undefined)
      return [{ fact, message: `which image ${service} is made from is not in these facts: make new ones` }];
    if (readFact(facts, serviceModel(service))?.buildsImage === true)
      return [
        { fact: serviceModel(service).id, message: `the image of ${service} is built here, not pulled` },
      ];
    // What is there is left alone: a tag that moves would change what the next start runs.
    return image.present ? [{ fact, message: `the image of ${service} is on the engine already` }] : [];
  });
}

function previewLine(facts: Facts, service: string): string {
  const image = readFact(facts, serviceImage(service));
  const name = image?.wanted ?? "?";
  if (image?.isDigest === true) return `  ${service}: ${name} (a digest: always this image)`;
  const version = image?.runningVersion ?? image?.running;
  const before = version === undefined ? "" : `, its container was made from ${version}`;
  const data = hasDataUnderImage(facts, service)
    ? ", and it keeps data that a newer version may change for good"
    : "";
  return `  ${service}: ${name} (a tag: whatever image has it now${before}${data})`;
}
