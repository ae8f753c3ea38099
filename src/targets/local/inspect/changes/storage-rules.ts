import { z } from "zod";
import type { Json } from "../../../../core/text/json.ts";
import type { MadeMount } from "../../ports/made-settings.ts";
import { bytesOf } from "./resource-rules.ts";
import {
  flagOf,
  listOf,
  numberOf,
  objectOf,
  onlyKeys,
  scalarRule,
  textOf,
  textsOf,
  value,
  type About,
  type Printed,
  type SettingRule,
  type Settings,
  type SettingValue,
} from "./setting.ts";

/** Of volumes, secrets and configs, which all are mounts of a container in the end. */
interface Mount {
  readonly type: string;
  /** undefined: a volume without a name. */
  readonly source: string | undefined;
  readonly readOnly: boolean;
  readonly more: Readonly<Record<string, string | number | boolean>>;
}

const path = (target: string): string => (target.length > 1 ? target.replace(/\/+$/, "") : target);

function mountValue({ type, source, readOnly, more }: Mount): SettingValue {
  const words = [
    type === "bind" || type === "tmpfs"
      ? type
      : `${type} ${source === undefined ? "without a name" : ""}`.trim(),
    ...(source === undefined ? [] : [source]),
    ...(readOnly ? ["read-only"] : []),
    ...Object.entries(more).map(([name, set]) => (set === true ? name : `${name}=${String(set)}`)),
  ];
  return value({ type, source: source ?? null, readOnly, more }, words.join(" "));
}

/** Engines in machines of their own have a path of the host under another one, behind such as `/host_mnt`. */
const inMachines = /^\/(?:host_mnt|mnt\/host|run\/desktop\/mnt\/host)(?=\/)/;

const VolumeSchema = z.looseObject({ type: z.string(), target: z.string() });
const mountKeys = ["type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs"];
const readTypes = new Set(["volume", "bind", "tmpfs"]);

function wantedMount(json: Json, about: About): readonly [target: string, Mount] {
  const { type, target } = VolumeSchema.parse(json);
  const printed = onlyKeys(objectOf(json), mountKeys);
  if (!readTypes.has(type)) throw new TypeError(`volumes of the type ${type}`);
  const bind = onlyKeys(objectOf(printed["bind"]), ["propagation", "selinux", "create_host_path"]);
  const volume = onlyKeys(objectOf(printed["volume"]), ["nocopy", "subpath", "labels"]);
  const tmpfs = onlyKeys(objectOf(printed["tmpfs"]), ["size", "mode"]);
  const source = textOf(printed["source"]);
  return [
    path(target),
    {
      type,
      source: type === "volume" && source !== undefined ? (about.volumes.get(source) ?? source) : source,
      readOnly: flagOf(printed["read_only"]) ?? false,
      more: moreOf({
        propagation: textOf(bind["propagation"]) ?? "",
        selinux: textOf(bind["selinux"]) ?? "",
        nocopy: flagOf(volume["nocopy"]) ?? false,
        subpath: textOf(volume["subpath"]) ?? "",
        size: bytesOf(tmpfs["size"]) ?? 0,
        mode: numberOf(tmpfs["mode"]) ?? 0,
      }),
    },
  ];
}

/** Without what is the default anyway; a volume without a name is filled from the image whatever is said. */
function moreOf(all: Readonly<Record<string, string | number | boolean>>): Mount["more"] {
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, set]) =>
        set !== "" && set !== 0 && set !== false && !(name === "propagation" && set === "rprivate"),
    ),
  );
}

/** Secrets and configs of a file are mounted; of a text or a variable they are copied into the container. */
function fileMount(
  kind: "secrets" | "configs",
  json: Json,
  about: About,
): readonly [setting: string, SettingValue] {
  const use = typeof json === "string" ? { source: json } : objectOf(json);
  const key = textOf(use["source"]) ?? "";
  const given = textOf(use["target"]) ?? key;
  const target = given.startsWith("/") ? given : `${kind === "secrets" ? "/run/secrets" : ""}/${given}`;
  const source = textOf(about.files(kind, key)?.["file"]);
  const setting = `${kind}.${path(target)}`;
  if (source === undefined) return [setting, value({ copied: key })];
  return [setting, mountValue({ type: "bind", source, readOnly: true, more: {} })];
}

/** Tried with Compose 2.26, which asks for volumes as `Mounts`, and 2.40, which does as `Binds`; 1.x prints short forms. */
export const mountsRule: SettingRule = {
  keys: ["volumes", "secrets", "configs"],
  wanted: (service, about, image) => {
    const volumes = listOf(service["volumes"]).map((json) => wantedMount(json, about));
    const named = new Set(volumes.map(([target]) => target));
    const files = (["secrets", "configs"] as const).flatMap((kind) =>
      listOf(service[kind]).map((json) => fileMount(kind, json, about)),
    );
    const ofImage = (image?.volumes ?? [])
      .map(path)
      .filter((target) => !named.has(target) && !tmpfsPaths(service).has(target));
    return [
      ...volumes.map(([target, mount]) => [`volumes.${target}`, mountValue(mount)] as const),
      ...ofImage.map((target) => [`volumes.${target}`, anonymous] as const),
      ...files,
    ];
  },
  made: ({ mounts }) =>
    mounts?.map((mount) => [`volumes.${path(mount.target)}`, mountValue(madeMount(mount))] as const),
};

const anonymous = mountValue({ type: "volume", source: undefined, readOnly: false, more: {} });

function tmpfsPaths(service: Printed): ReadonlySet<string> {
  return new Set(textsOf(service["tmpfs"]).map((entry) => path(entry.split(":")[0] ?? "")));
}

function madeMount({
  type,
  source,
  readOnly,
  propagation,
  mode,
  noCopy,
  subpath,
  tmpfsSize,
  tmpfsMode,
}: MadeMount): Mount {
  const isAnonymous = type === "volume" && /^[0-9a-f]{64}$/.test(source);
  return {
    type,
    source: type === "tmpfs" || isAnonymous ? undefined : source,
    readOnly,
    more: moreOf({
      propagation: type === "bind" ? propagation : "",
      selinux: type === "bind" ? (mode.find((word) => /^z$/i.test(word)) ?? "") : "",
      nocopy: noCopy,
      subpath,
      size: tmpfsSize,
      mode: tmpfsMode,
    }),
  };
}

/** Whether both are one mount, the path of a bind told as an engine in a machine of its own tells it. */
export function isSameMount(files: SettingValue, container: SettingValue): boolean {
  if (files.same === container.same) return true;
  const [wanted, made] = [files, container].map(({ same }) => objectOf(JSON.parse(same)));
  const [from, to] = [textOf(wanted?.["source"] ?? null), textOf(made?.["source"] ?? null)];
  if (wanted?.["type"] !== "bind" || made?.["type"] !== "bind" || from === undefined || to === undefined)
    return false;
  return inMachines.test(to) && to.endsWith(from) && value({ ...made, source: from }).same === files.same;
}

const tmpfsRule: SettingRule = {
  keys: ["tmpfs"],
  wanted: (service) =>
    textsOf(service["tmpfs"]).map((entry) => {
      const at = entry.indexOf(":");
      const [target, options] = at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
      return [`tmpfs.${path(target)}`, value(options, options)];
    }),
  made: ({ tmpfs }) =>
    Object.entries(tmpfs).map(([target, options]) => [`tmpfs.${path(target)}`, value(options, options)]),
};

/** Which container's volumes; whether they are read-only is not told by the engine. */
const volumesFromRule: SettingRule = {
  keys: ["volumes_from"],
  wanted: (service) =>
    lenders(textsOf(service["volumes_from"]).map((text) => text.replace(/:(?:ro|rw)$/, ""))),
  made: ({ volumesFrom }, { serviceOf }) =>
    lenders(
      volumesFrom.map((text) => {
        const container = text.replace(/:(?:ro|rw|z)$/, "");
        return serviceOf(container) ?? `container:${container}`;
      }),
    ),
};

function lenders(names: readonly string[]): Settings {
  const all = [...new Set(names)].sort();
  return all.length === 0 ? [] : [["volumes_from", value(all, all.join(", "))]];
}

export const storageRules: readonly SettingRule[] = [
  mountsRule,
  tmpfsRule,
  volumesFromRule,
  scalarRule("volume_driver", ({ volumeDriver }) => volumeDriver),
];
