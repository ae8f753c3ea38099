/** A setting of a service of which nobody is shown the whole value. */
export interface MaskedSetting {
  readonly service: string;
  /** As the facts name it. */
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

/**
 * Compares the masked settings of a step with those of when the plan was made. `isAsRunning`: what runs has the same value,
 * and the facts would say otherwise after an edit.
 */
export function compareReviewed(
  settings: readonly MaskedSetting[],
  isAsRunning: (masked: MaskedSetting) => boolean,
  readMasked: ReadMasked,
  reviewed: Reviewed,
): ReviewedStep {
  const moved: MaskedSetting[] = [];
  const uncompared: MaskedSetting[] = [];
  for (const masked of settings) {
    const value = readMasked(masked);
    const is = value === undefined ? "not_kept" : reviewed(masked, value);
    if (is === "differs") moved.push(masked);
    else if (is === "not_kept" && !isAsRunning(masked)) uncompared.push(masked);
  }
  return { moved, uncompared };
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
