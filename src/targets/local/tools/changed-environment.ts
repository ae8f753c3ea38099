import type { EnvironmentChange } from "../compose-edit/types.ts";
import { readFact, type FactsDraft, type Facts } from "../../../core/fact.ts";
import { containerChanges, serviceSettings } from "../facts/local-facts.ts";

/** An edit gives variables of containers other values: what a recreation would then change, and a creation give. */
export function applyEnvironment(
  draft: FactsDraft,
  facts: Facts,
  changes: readonly EnvironmentChange[],
): void {
  for (const [service, variables] of byService(changes)) {
    const settings = readFact(facts, serviceSettings(service));
    if (settings !== undefined)
      draft.set(
        serviceSettings(service),
        settings.map((setting) => {
          const value = variables.get(setting.setting);
          return value === undefined || setting.value === undefined ? setting : { ...setting, value };
        }),
      );
    const differing = readFact(facts, containerChanges(service));
    if (differing === undefined) continue;
    const known = new Set(differing.map(({ setting }) => setting));
    const more = [...variables.keys()].filter((setting) => !known.has(setting));
    draft.set(
      containerChanges(service),
      [...differing, ...more.map((setting) => ({ setting, how: "differs" as const }))].sort((a, b) =>
        a.setting < b.setting ? -1 : 1,
      ),
    );
  }
}

/** The new value by setting, by service. */
function byService(changes: readonly EnvironmentChange[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const services = new Map<string, Map<string, string>>();
  for (const { service, variable, value } of changes) {
    const variables = services.get(service) ?? new Map<string, string>();
    services.set(service, variables.set(`environment.${variable}`, value));
  }
  return services;
}
