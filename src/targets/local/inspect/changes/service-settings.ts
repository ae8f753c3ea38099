import type { ServiceSetting } from "../../facts/change-facts.ts";
import type { Json } from "../../../../core/text/json.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import { shownOf, tryRead } from "./compare.ts";
import { hooks, onlyAtCreation, readOfDeploy } from "./known-keys.ts";
import { settingRules, unknownKeys } from "./rules.ts";
import { objectOf, textOf, type About, type Printed, type Settings } from "./setting.ts";

/** All that Compose gives a new container of the service, as the files say it: what its image brings along is not among it. */
export function settingsOf(service: Printed, about: About, image: string, redact: Redact): ServiceSetting[] {
  const told = new Map<string, ServiceSetting>([["image", { setting: "image", value: image }]]);
  const add = (setting: ServiceSetting): void => void told.set(setting.setting, setting);
  for (const key of unknownKeys(service)) add({ setting: redact(key), unknown: true });
  for (const rule of settingRules) {
    const present = rule.keys.filter((key) => isSet(service, key));
    if (present.length === 0) continue;
    const wanted = tryRead(() => rule.wanted(service, about, undefined));
    if (wanted === undefined) for (const key of present) add({ setting: key, unknown: true });
    else for (const entry of wanted.filter((one) => !isUsualAlias(one, about))) add(tell(entry, redact));
  }
  for (const key of [...hooks, ...onlyAtCreation, "platform"].filter((name) => isSet(service, name)))
    add(tell([key, { same: "", shown: textIn(service[key]) }], redact));
  const scale = textOf(objectOf(service["deploy"])["replicas"]) ?? textOf(service["scale"]);
  if (scale !== undefined && scale !== "1") add({ setting: "scale", value: scale });
  for (const key of Object.keys(objectOf(service["deploy"])))
    if (!readOfDeploy.has(key)) add({ setting: redact(`deploy.${key}`), unknown: true });
  return [...told.values()].sort((a, b) => (a.setting < b.setting ? -1 : 1));
}

/** A short value is known for a secret only behind its name. */
function isSecretVariable(setting: string, shown: string, redact: Redact): boolean {
  if (!setting.startsWith("environment.")) return false;
  const assigned = `${setting.slice("environment.".length)}=${shown}`;
  return redact(assigned) !== assigned;
}

function textIn(json: Json | undefined): string {
  return typeof json === "string" ? json : JSON.stringify(json);
}

/** Each service is called by its own name on its networks. */
function isUsualAlias([setting, { shown }]: Settings[number], { service }: About): boolean {
  return /^networks\..*\.aliases$/.test(setting) && shown === service;
}

function isSet(service: Printed, key: string): boolean {
  return service[key] !== undefined && service[key] !== null;
}

function tell([setting, { shown, told }]: Settings[number], redact: Redact): ServiceSetting {
  const name = redact(setting);
  const hidden = { setting: name, ...(told !== undefined && { value: redact(told) }), masked: true } as const;
  if (shown === undefined) return hidden;
  if (isSecretVariable(setting, shown, redact)) return hidden;
  const value = shownOf(setting, shown, redact);
  const isWhole = value === shown;
  // Of a variable nothing is shown where a part of it may not be.
  if (!isWhole && setting.startsWith("environment.")) return hidden;
  return { setting: name, value, ...(!isWhole && { masked: true as const }) };
}
