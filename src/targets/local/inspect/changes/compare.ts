import { ZodError } from "zod";
import type { SettingChange } from "../../facts/change-facts.ts";
import { isSecretName, MASK, type Redact } from "../../../../core/masking/redact.ts";
import type { EngineImage, MadeSettings } from "../../ports/made-settings.ts";
import { onlyAtCreation } from "./known-keys.ts";
import { settingRules, unknownKeys } from "./rules.ts";
import type { MadeAbout, Printed, Settings, SettingValue } from "./setting.ts";
import { isSameMount } from "./storage-rules.ts";

/** What a service's container looks like beside what the files want. */
export interface Comparison {
  readonly changes: readonly SettingChange[];
  /** Names of settings. */
  readonly notSeen: readonly string[];
}

export interface Compared {
  readonly service: Printed;
  readonly made: MadeSettings;
  readonly about: MadeAbout;
  /** The image that a new container would be made from; else the one that it was made from; undefined: neither is there. */
  readonly image: EngineImage | undefined;
  /** Whether that is what the engine gives a container whose files leave the setting out. */
  readonly isEngineDefault: (setting: string, container: SettingValue) => boolean;
  readonly redact: Redact;
}

/** Everything in which the container differs from the files but for its image and its published ports. */
export function compareSettings(compared: Compared): Comparison {
  const { service, made, about, image, redact } = compared;
  const changes: SettingChange[] = [];
  const notSeen = new Set<string>([
    ...unknownKeys(service),
    ...Object.keys(service).filter((key) => onlyAtCreation.has(key)),
  ]);
  for (const rule of settingRules) {
    const present = rule.keys.filter((key) => isSet(service, key));
    const wanted = tryRead(() => rule.wanted(service, about, image));
    if (wanted === undefined) {
      for (const key of present) notSeen.add(key);
      continue;
    }
    const told = rule.made(made, about);
    if (told === undefined) {
      for (const [setting] of wanted) notSeen.add(setting);
      continue;
    }
    const container = new Map(told);
    const files = new Map(wanted);
    for (const [setting, there] of files) {
      // The engine shows a mounted file of the files as any other mount.
      const as = container.has(setting) ? setting : setting.replace(/^(?:secrets|configs)\./, "volumes.");
      const here = container.get(as);
      container.delete(as);
      if (isCopied(there)) notSeen.add(setting);
      else if (here === undefined) {
        if (mayBeDiscarded(setting)) notSeen.add(setting);
        else changes.push(change(setting, "only_files", undefined, there, redact));
      } else if (!isSame(setting, there, here) && !isBorrowed(as, about))
        changes.push(change(setting, "differs", here, there, redact));
    }
    for (const [setting, here] of container) {
      if (isBorrowed(setting, about)) continue;
      const origin = originOf(setting, here, compared);
      if (origin === "other") changes.push(change(setting, "only_container", here, undefined, redact));
      else if (origin === "unknown") notSeen.add(setting);
    }
  }
  return { changes: changes.sort((a, b) => (a.setting < b.setting ? -1 : 1)), notSeen: [...notSeen].sort() };
}

function isSet(service: Printed, key: string): boolean {
  return service[key] !== undefined && service[key] !== null;
}

/** undefined where the files have it in a form that is not read. */
export function tryRead(read: () => Settings): Settings | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ZodError || thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

function isSame(setting: string, files: SettingValue, container: SettingValue): boolean {
  return (
    files.same === container.same ||
    (/^(?:volumes|secrets|configs)\./.test(setting) && isSameMount(files, container))
  );
}

/** What `volumes_from` brings along takes the place of what the image would have there. */
function isBorrowed(setting: string, about: MadeAbout): boolean {
  return setting.startsWith("volumes.") && about.borrowed(setting.slice("volumes.".length));
}

function isCopied({ same }: SettingValue): boolean {
  return same.startsWith('{"copied":');
}

/** Kernels without it make engines leave it out with a warning, now and the next time. */
function mayBeDiscarded(setting: string): boolean {
  return [
    "blkio_config",
    "oom_kill_disable",
    "mem_swappiness",
    "memswap_limit",
    "cpu_rt_period",
    "cpu_rt_runtime",
  ].includes(setting);
}

/** Settings that an image gives where the files do not. */
const ofImages =
  /^(?:environment\.|labels\.|command$|entrypoint$|user$|working_dir$|stop_signal$|healthcheck|expose$|volumes\.)/;

/** Whose a setting is that the files do not have: somebody's other than theirs, or a default. */
function originOf(
  setting: string,
  here: SettingValue,
  { image, isEngineDefault }: Compared,
): "default" | "other" | "unknown" {
  if (image === undefined && ofImages.test(setting)) return "unknown";
  // The docker command line's own settings name proxies, which Compose gives to each container.
  if (/^environment\.(?:https?|ftp|no|all)_proxy$/i.test(setting)) return "unknown";
  return isEngineDefault(setting, here) ? "default" : "other";
}

function change(
  setting: string,
  how: SettingChange["how"],
  container: SettingValue | undefined,
  files: SettingValue | undefined,
  redact: Redact,
): SettingChange {
  const isSecret = setting.startsWith("environment.");
  const [here, there] = [container, files].map((side) => {
    const text = isSecret ? side?.told : side?.shown;
    return text === undefined ? undefined : shownOf(setting, text, redact);
  });
  // What differs in what is masked only would look the same.
  const isTold = here !== there;
  return {
    setting: redact(setting),
    how,
    ...(isTold && here !== undefined && { container: here }),
    ...(isTold && there !== undefined && { files: there }),
  };
}

/** A value as it may be seen; its name may say that nobody may. */
export function shownOf(setting: string, text: string, redact: Redact): string {
  const name = setting.slice(setting.indexOf(".") + 1);
  if (text === "") return text;
  const isNamed = /^(?:labels|annotations|sysctls|logging|storage_opt)\./.test(setting);
  return isNamed && isSecretName(name) ? MASK : redact(text);
}
