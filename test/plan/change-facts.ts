import { readFact, FactsDraft, type Facts } from "../../src/core/fact.ts";
import { wantedPorts } from "../../src/core/healthy-facts.ts";
import * as local from "../../src/core/local-facts.ts";

/**
 * What a step would change, as it is looked at today, for facts that were recorded before that: every container is as
 * the files want it but for its ports. Facts that have it stay as they are.
 */
export function withChangeFacts(facts: Facts): Facts {
  const all = readFact(facts, local.services());
  const states = all?.map((service) => readFact(facts, local.containerState(service)));
  if (all === undefined || states?.includes(undefined) === true) return facts;
  if (facts.has(local.surplusContainers().id)) return facts;
  const project = readFact(facts, local.composeProject()) ?? "devlake";
  const draft = new FactsDraft(facts);
  const volumes = new Map<string, string[]>();
  for (const service of all) {
    const model = readFact(facts, local.serviceModel(service));
    const state = readFact(facts, local.containerState(service)) ?? "absent";
    const wanted = model?.image ?? `${project}-${service}`;
    for (const volume of model?.volumes ?? []) volumes.set(volume, [...(volumes.get(volume) ?? []), service]);
    draft
      .set(local.serviceSettings(service), settingsOf(model))
      .set(local.serviceImage(service), {
        wanted,
        present: true,
        isDigest: wanted.includes("@"),
        ...(state !== "absent" && { running: wanted, moved: false }),
      })
      .set(
        local.serviceWaits(service),
        (model?.dependsOn ?? []).map((other) => ({
          service: other,
          condition: "started" as const,
          restart: false,
          required: true,
        })),
      );
    if (state !== "absent")
      draft
        .set(local.containerChanges(service), [])
        .set(local.containerPublished(service), published(facts, service));
  }
  const networks = readFact(facts, local.projectNetworks()) ?? [];
  const made = readFact(facts, local.projectVolumes()) ?? [];
  return draft
    .set(local.projectNetworkStates(), [
      {
        name: `${project}_default`,
        services: [...all],
        status: networks.length > 0 ? "unlabelled" : "absent",
      },
    ])
    .set(
      local.projectVolumeStates(),
      [...volumes].map(([volume, services]) => ({
        name: `${project}_${volume}`,
        services,
        status: made.includes(`${project}_${volume}`) ? ("unlabelled" as const) : ("absent" as const),
      })),
    )
    .set(local.surplusContainers(), [])
    .set(local.containerSecrets(), readFact(facts, local.containerSecrets()) ?? [])
    .set(local.madeFrom(), { status: "these_files" })
    .facts();
}

function settingsOf(
  model: { readonly restart?: string | undefined; readonly volumes: readonly string[] } | undefined,
) {
  return [
    { setting: "environment.TZ", value: "UTC" },
    { setting: "environment.SOME_PASSWORD", masked: true as const },
    ...(model?.restart === undefined ? [] : [{ setting: "restart", value: model.restart }]),
    ...(model?.volumes ?? []).map((volume) => ({ setting: `volumes.${volume}`, value: volume })),
  ];
}

/** As it was made: with the ports of the files, or with the others that the recording saw. */
function published(facts: Facts, service: string) {
  const ports = readFact(facts, local.serviceModel(service))?.ports ?? [];
  const made = readFact(facts, local.containerPorts(service)) ?? [];
  if (made.join() === wantedPorts(facts, service).join()) return ports;
  return made.map((port, index) => {
    const is = ports[index] ?? { protocol: "tcp" as const, target: port };
    return { ...is, published: port };
  });
}
