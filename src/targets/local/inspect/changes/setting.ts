import { z } from "zod";
import { canonicalJson, type Json } from "../../../../core/text/json.ts";
import type { EngineImage, MadeSettings } from "../../ports/made-settings.ts";

/** One value of a setting: what is compared, and what may be said of it before it is masked. */
export interface SettingValue {
  readonly same: string;
  /** undefined: it is said of nobody's. */
  readonly shown?: string;
  /** What may be said of one that is not shown. */
  readonly told?: string;
}

/** By the setting's name as the Compose file has it: `command`, `environment.TZ`, `volumes./data`. */
export type Settings = readonly (readonly [setting: string, value: SettingValue])[];

/** A service of the printed model, key by key, with `$$` as `$`. */
export type Printed = Readonly<Record<string, Json>>;

/** What the meaning of a service's settings depends on. */
export interface About {
  readonly project: string;
  readonly service: string;
  /** Real names of networks and volumes, by their keys. */
  readonly networks: ReadonlyMap<string, string>;
  readonly volumes: ReadonlyMap<string, string>;
  /** Entries of `secrets` and `configs`, by kind and key. */
  readonly files: (kind: "secrets" | "configs", key: string) => Printed | undefined;
  /** The service that this container belongs to, by its id or name. */
  readonly serviceOf: (container: string) => string | undefined;
}

export interface MadeAbout extends About {
  readonly id: string;
  readonly name: string;
  readonly networkMode: string;
  /** Mounts that come with `volumes_from`. */
  readonly borrowed: (target: string) => boolean;
  /** The image that the container was made from; undefined when the engine has it no more. */
  readonly ownImage: EngineImage | undefined;
}

/**
 * Reads one setting, or a few that belong together, out of the files and out of a container. Both leave out what is
 * not set, and say equal things alike. `wanted` throws where the files have it in a form that is not read.
 */
export interface SettingRule {
  readonly keys: readonly string[];
  /** `image`: whose own settings stand where the files set none; undefined to get those of the files alone. */
  readonly wanted: (service: Printed, about: About, image: EngineImage | undefined) => Settings;
  /** undefined: the engine did not say. */
  readonly made: (made: MadeSettings, about: MadeAbout) => Settings | undefined;
}

export const value = (same: unknown, shown?: string): SettingValue => ({
  same: typeof same === "string" ? same : canonicalJson(same),
  ...(shown !== undefined && { shown }),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Text of a scalar; undefined where nothing, or an empty text, is set. */
export function textOf(json: Json | undefined): string | undefined {
  if (json === undefined || json === null) return undefined;
  const text = String(scalar.parse(json));
  return text === "" ? undefined : text;
}

/** A number, also as text; undefined where none is set. */
export function numberOf(json: Json | undefined): number | undefined {
  const text = textOf(json);
  if (text === undefined) return undefined;
  return z.number().parse(Number(text));
}

export function flagOf(json: Json | undefined): boolean | undefined {
  const text = textOf(json);
  return text === undefined ? undefined : z.stringbool({ truthy: ["true"], falsy: ["false"] }).parse(text);
}

/** A list of texts, also as one text; empty where nothing is set. */
export function textsOf(json: Json | undefined): readonly string[] {
  if (json === undefined || json === null) return [];
  return z
    .array(scalar)
    .parse(Array.isArray(json) ? json : [json])
    .map(String);
}

/** A map of texts, also as a list of `KEY=value`; what has no value is an empty text. */
export function mapOf(json: Json | undefined): Readonly<Record<string, string>> {
  if (json === undefined || json === null) return {};
  if (Array.isArray(json)) {
    return Object.fromEntries(
      z
        .array(scalar)
        .parse(json)
        .map((entry) => {
          const [name = "", ...rest] = String(entry).split("=");
          return [name, rest.join("=")];
        }),
    );
  }
  const read = z.record(z.string(), scalar.nullable()).parse(json);
  return Object.fromEntries(Object.entries(read).map(([name, entry]) => [name, String(entry ?? "")]));
}

export function objectOf(json: Json | undefined): Printed {
  if (json === undefined || json === null) return {};
  return z.record(z.string(), z.json()).parse(json);
}

/** Throws for what we do not know in a part of a setting. */
export function onlyKeys(object: Printed, keys: readonly string[]): Printed {
  const unknown = Object.keys(object).find((key) => !keys.includes(key) && !key.startsWith("x-"));
  if (unknown !== undefined) throw new TypeError(`${unknown} is not known`);
  return object;
}

export function listOf(json: Json | undefined): readonly Json[] {
  if (json === undefined || json === null) return [];
  return z.array(z.json()).parse(json);
}

/** One text; `missing` stands for nothing set, on both sides. */
export function scalarRule(
  key: string,
  made: (made: MadeSettings, about: MadeAbout) => string | undefined,
  {
    read = textOf,
    missing = "",
    image,
  }: {
    readonly read?: (json: Json | undefined) => string | undefined;
    readonly missing?: string;
    readonly image?: (image: EngineImage) => string;
  } = {},
): SettingRule {
  const entry = (text: string | undefined): Settings => {
    const said = text === undefined || text === "" ? missing : text;
    return said === "" ? [] : [[key, value(said, said)]];
  };
  return {
    keys: [key],
    wanted: (service, _about, from) =>
      entry(read(service[key]) ?? (from === undefined ? undefined : image?.(from))),
    made: (settings, about) => entry(made(settings, about)),
  };
}

/** Yes or no, no by default. */
export function flagRule(key: string, made: (made: MadeSettings) => boolean): SettingRule {
  const entry = (is: boolean): Settings => [[key, value(is ? "yes" : "no", is ? "yes" : "no")]];
  return {
    keys: [key],
    wanted: (service) => entry(flagOf(service[key]) ?? false),
    made: (settings) => entry(made(settings)),
  };
}

/** A set of texts, in whatever order. */
export function setRule(
  key: string,
  made: (made: MadeSettings, about: MadeAbout) => readonly string[],
  same: (text: string) => string = (text) => text,
): SettingRule {
  const entry = (texts: readonly string[]): Settings => {
    const all = [...new Set(texts.map(same))].sort();
    return all.length === 0 ? [] : [[key, value(all, all.join(", "))]];
  };
  return {
    keys: [key],
    wanted: (service) => entry(textsOf(service[key])),
    made: (settings, about) => entry(made(settings, about)),
  };
}

/** A map, a setting for each member. */
export function mapRule(
  key: string,
  made: (made: MadeSettings) => Readonly<Record<string, string>>,
): SettingRule {
  const entries = (map: Readonly<Record<string, string>>): Settings =>
    Object.entries(map).map(([name, text]) => [`${key}.${name}`, value(text, text)]);
  return {
    keys: [key],
    wanted: (service) => entries(mapOf(service[key])),
    made: (settings) => entries(made(settings)),
  };
}
