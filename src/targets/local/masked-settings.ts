import { readFact, type Facts } from "../../core/fact.ts";
import type { MaskedSetting } from "../../core/reviewed-values.ts";
import type { StepOfTool } from "../family.ts";
import { containerChanges, serviceSettings } from "./facts/local-facts.ts";

/** The tools that make containers out of the files. */
const creating = new Set(["retry_local_compose_up", "recreate_services"]);
/** Edits the address of Grafana together with the ports. */
const moving = "rewrite_local_ports_to_alt_bundle";
const ROOT_URL = "environment.GF_SERVER_ROOT_URL";

/**
 * The masked settings of the containers that a step would create or recreate. `before`: the plan's steps that are done;
 * the address that one of them moved is not the reviewed one any more.
 */
export function maskedSettings(
  step: StepOfTool,
  before: readonly StepOfTool[],
  facts: Facts,
): readonly MaskedSetting[] {
  const hasMoved = before.some(({ tool }) => tool === moving);
  return servicesMade(step).flatMap((service) =>
    (readFact(facts, serviceSettings(service)) ?? []).flatMap(({ setting, masked }) =>
      masked === true && !(hasMoved && setting === ROOT_URL) ? [{ service, setting }] : [],
    ),
  );
}

function servicesMade({ tool, args }: StepOfTool): readonly string[] {
  const services = args["services"];
  if (!creating.has(tool) || !Array.isArray(services)) return [];
  return services.filter((service) => typeof service === "string");
}

/** Then `changes` says so, and would say otherwise after an edit. */
export function isAsInContainer({ service, setting }: MaskedSetting, facts: Facts): boolean {
  const changes = readFact(facts, containerChanges(service));
  return changes !== undefined && !changes.some((change) => change.setting === setting);
}
