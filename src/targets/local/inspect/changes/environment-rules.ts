import { databasePlace } from "../../facts/database-place.ts";
import { maskSetting } from "../../../../core/masking/setting-value.ts";
import {
  textsOf,
  value,
  mapOf,
  mapRule,
  type SettingRule,
  type Settings,
  type SettingValue,
} from "./setting.ts";
import type { Json } from "../../../../core/text/json.ts";

/** Variables of a container: its image's, and over those the files'. `null`: taken away. Never shown where compared. */
const environmentRule: SettingRule = {
  keys: ["environment"],
  wanted: (service, _about, image) =>
    entries(new Map([...pairs(image?.env ?? []), ...environmentOf(service["environment"])])),
  made: ({ env }) => entries(new Map(pairs(env))),
};

function entries(environment: ReadonlyMap<string, string | null>): Settings {
  return [...environment].map(([name, text]) => [`environment.${name}`, variable(name, text)]);
}

function variable(name: string, text: string | null): SettingValue {
  if (text === null) return value([text]);
  const place = name === "DB_URL" ? databasePlace(text) : undefined;
  const shown = maskSetting(name, text).secrets.length === 0 ? text : undefined;
  return { ...value([text], shown), ...(place !== undefined && { told: place }) };
}

function pairs(env: readonly string[]): readonly (readonly [string, string | null])[] {
  return env.map((entry) => {
    const at = entry.indexOf("=");
    return at < 0 ? [entry, null] : [entry.slice(0, at), entry.slice(at + 1)];
  });
}

function environmentOf(json: Json | undefined): readonly (readonly [string, string | null])[] {
  if (Array.isArray(json)) return pairs(textsOf(json));
  const nulls = new Set(Object.entries(json ?? {}).flatMap(([name, text]) => (text === null ? [name] : [])));
  return Object.entries(mapOf(json)).map(([name, text]) => [name, nulls.has(name) ? null : text]);
}

/** Compose's own, and what Docker Desktop writes beside them. */
const notOfTheUser = /^(?:com\.docker\.compose\.|desktop\.docker\.io\/)/;

const labelRule: SettingRule = {
  ...mapRule("labels", () => ({})),
  made: ({ labels }, { ownImage }) =>
    Object.entries(labels)
      .filter(([name, text]) => !notOfTheUser.test(name) && ownImage?.labels[name] !== text)
      .map(([name, text]) => [`labels.${name}`, value(text, text)]),
};

/**
 * Of labels those that the files set: an image's own are the image's. One that both set alike cannot be told apart, so
 * it counts as the image's on both sides.
 */
const userLabelRule: SettingRule = {
  ...labelRule,
  wanted: (service, _about, image) =>
    Object.entries(mapOf(service["labels"]))
      .filter(([name, text]) => image?.labels[name] !== text)
      .map(([name, text]) => [`labels.${name}`, value(text, text)]),
};

export const environmentRules: readonly SettingRule[] = [environmentRule, userLabelRule];
