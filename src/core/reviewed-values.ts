import { readFact, type Facts } from "./fact.ts";
import { containerChanges, serviceSettings } from "./local-facts.ts";
import type { Step } from "./plan.ts";

/** A setting of a service of which nobody is shown the whole value. */
export interface MaskedSetting {
  readonly service: string;
  /** As `local.service.{service}.settings` names it. */
  readonly setting: string;
}

export interface MaskedValue extends MaskedSetting {
  readonly value: string;
}

/** The value of a masked setting as an inspection found it; undefined where it cannot be told. It is a secret. */
export type ReadMasked = (masked: MaskedSetting) => string | undefined;

/** A value beside the one that was there when a plan was made. */
export type Reviewed = (masked: MaskedSetting, value: string) => "same" | "differs" | "not_kept";

/** What of a step's masked settings is no longer as it was reviewed, and what of them nobody can compare. */
export interface ReviewedStep {
  readonly moved: readonly MaskedSetting[];
  readonly uncompared: readonly MaskedSetting[];
}

/** The tools that make containers out of the files. */
const creating = new Set(["retry_local_compose_up", "recreate_services"]);
/** Edits the address of Grafana together with the ports. */
const moving = "rewrite_local_ports_to_alt_bundle";
const ROOT_URL = "environment.GF_SERVER_ROOT_URL";

type StepOfTool = Pick<Step, "tool" | "args">;

/** The masked settings of the containers that a step would create or recreate. */
export function maskedSettings(step: StepOfTool, facts: Facts): readonly MaskedSetting[] {
  return servicesMade(step).flatMap((service) =>
    (readFact(facts, serviceSettings(service)) ?? []).flatMap(({ setting, masked }) =>
      masked === true ? [{ service, setting }] : [],
    ),
  );
}

function servicesMade({ tool, args }: StepOfTool): readonly string[] {
  const services = args["services"];
  if (!creating.has(tool) || !Array.isArray(services)) return [];
  return services.filter((service) => typeof service === "string");
}

/**
 * Compares a step's masked settings with those of when the plan was made. `before`: the plan's steps that are done; the
 * address that one of them moved is not the reviewed one any more.
 */
export function compareReviewed(
  step: StepOfTool,
  before: readonly StepOfTool[],
  facts: Facts,
  readMasked: ReadMasked,
  reviewed: Reviewed,
): ReviewedStep {
  const hasMoved = before.some(({ tool }) => tool === moving);
  const moved: MaskedSetting[] = [];
  const uncompared: MaskedSetting[] = [];
  for (const masked of maskedSettings(step, facts)) {
    if (hasMoved && masked.setting === ROOT_URL) continue;
    const value = readMasked(masked);
    const is = value === undefined ? "not_kept" : reviewed(masked, value);
    if (is === "differs") moved.push(masked);
    else if (is === "not_kept" && !isAsInContainer(masked, facts)) uncompared.push(masked);
  }
  return { moved, uncompared };
}

/** Then `changes` says so, and would say otherwise after an edit. */
function isAsInContainer({ service, setting }: MaskedSetting, facts: Facts): boolean {
  const changes = readFact(facts, containerChanges(service));
  return changes !== undefined && !changes.some((change) => change.setting === setting);
}

/** Why a step is stale although no fact has moved. */
export function changedText(moved: readonly MaskedSetting[]): string {
  return `changed since the plan was made, though nobody is shown its value: ${namesOfMasked(moved)}`;
}

/** What approvals say of settings that nobody could compare. */
export function uncomparedText(uncompared: readonly MaskedSetting[]): string {
  return `not compared with what was reviewed: ${namesOfMasked(uncompared)}`;
}

/** `environment.LD_PRELOAD, command of config-ui`, in the words of approvals and messages. */
export function namesOfMasked(masked: readonly MaskedSetting[]): string {
  const services = new Set(masked.map(({ service }) => service));
  return [...services]
    .map((service) => {
      const settings = masked.filter((one) => one.service === service).map(({ setting }) => setting);
      return `${[...new Set(settings)].join(", ")} of ${service}`;
    })
    .join("; ");
}
