import { z } from "zod";
import type { Json } from "../../../../core/text/json.ts";
import type { MadeSettings } from "../../ports/made-settings.ts";
import { isMode } from "./network-rules.ts";
import {
  flagRule,
  listOf,
  mapOf,
  numberOf,
  objectOf,
  scalarRule,
  setRule,
  textOf,
  textsOf,
  value,
  type About,
  type Printed,
  type SettingRule,
  type Settings,
} from "./setting.ts";

/** The engine of 28 writes `NET_ADMIN` as `CAP_NET_ADMIN`; 26 as it is given. */
function capability(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, "");
}

/** What the engine adds by itself where a container shares the host's namespaces (seen on 26 to 28). */
const addedByEngine = "label=disable";
const NO_NEW_PRIVILEGES = /^no-new-privileges(?:[:=]true)?$/;

function securityText(text: string): string {
  return NO_NEW_PRIVILEGES.test(text) ? "no-new-privileges" : text.replace(/^([a-z-]+):/, "$1=");
}

/** A profile of seccomp is a file whose text the container has; whether it is the same was not looked at. */
const securityRule: SettingRule = {
  keys: ["security_opt"],
  wanted: (service) => {
    const all = textsOf(service["security_opt"]).map(securityText);
    if (all.some((text) => /^seccomp=(?!unconfined$|builtin$)/.test(text)))
      throw new TypeError("a profile in a file");
    return security(all);
  },
  made: ({ securityOpt, hasMaskedPaths, privileged }) =>
    security([
      ...securityOpt.map(securityText).filter((text) => text !== addedByEngine),
      ...(hasMaskedPaths || privileged ? [] : ["systempaths=unconfined"]),
    ]),
};

function security(texts: readonly string[]): Settings {
  const all = [...new Set(texts)].filter((text) => text !== addedByEngine).sort();
  return all.length === 0 ? [] : [["security_opt", value(all, all.join(", "))]];
}

/** One namespace; a service's is a container's once it is made. */
function namespaceRule(key: string, made: (made: MadeSettings) => string): SettingRule {
  const entry = (text: string | undefined): Settings =>
    text === undefined ? [] : [[key, value(text, text)]];
  return {
    keys: [key],
    wanted: (service) => entry(textOf(service[key])),
    made: (settings, about) => entry(ofService(made(settings), about)),
  };
}

export function ofService(mode: string, { serviceOf }: About): string | undefined {
  if (mode === "") return undefined;
  const container = /^container:(.+)$/.exec(mode)?.[1];
  const service = container === undefined ? undefined : serviceOf(container);
  return service === undefined ? mode : `service:${service}`;
}

const DeviceSchema = z.object({
  source: z.string(),
  target: z.string().optional(),
  permissions: z.string().optional(),
});

/** `SOURCE:TARGET:PERMISSIONS` also where 1.x prints it so. */
function deviceOf(json: Json): string {
  const [source = "", target = source, permissions = "rwm"] =
    typeof json === "string" ? json.split(":") : partsOf(DeviceSchema.parse(json));
  return `${source}:${target}:${permissions}`;
}

function partsOf({ source, target = source, permissions = "rwm" }: z.infer<typeof DeviceSchema>) {
  return [source, target, permissions || "rwm"];
}

/** A device of the container device interface has no path; the engine keeps those as requests. */
function isCdi(device: string): boolean {
  return !device.startsWith("/") && device.includes("=");
}

const devicesRule: SettingRule = {
  keys: ["devices"],
  wanted: (service) => {
    const devices = listOf(service["devices"]).map(deviceOf);
    if (devices.some(isCdi)) throw new TypeError("a device of the container device interface");
    return deviceEntries(devices);
  },
  made: ({ devices }) => deviceEntries(devices),
};

function deviceEntries(devices: readonly string[]): Settings {
  return devices.map((device) => {
    const [source = "", target = "", permissions = ""] = device.split(":");
    return [`devices.${target}`, value(device, `${source} ${permissions}`)];
  });
}

/** GPUs and their like, of `gpus` and of what `deploy` reserves. */
const requestsRule: SettingRule = {
  keys: ["gpus", "deploy"],
  wanted: (service) => {
    const reserved = objectOf(objectOf(objectOf(service["deploy"])["resources"])["reservations"]);
    const gpus = listOf(service["gpus"]).map((json) => request(objectOf(json), ["gpu"]));
    return requests([...gpus, ...listOf(reserved["devices"]).map((json) => request(objectOf(json), []))]);
  },
  made: ({ deviceRequests }) => requests(deviceRequests),
};

/** Without a number and ids all are meant (Compose `pkg/compose/create.go`). */
function request(json: Printed, usual: readonly string[]): MadeSettings["deviceRequests"][number] {
  const ids = textsOf(json["device_ids"]);
  const count = textOf(json["count"]);
  const capabilities = textsOf(json["capabilities"]);
  const all = ids.length === 0 && (count === undefined || count === "0") ? -1 : 0;
  return {
    driver: textOf(json["driver"]) ?? "",
    count: count === "all" ? -1 : numberOf(count) || all,
    ids,
    capabilities:
      capabilities.length === 0 || usual.length === 0 ? capabilities : [...usual, ...capabilities],
    options: mapOf(json["options"]),
  };
}

function requests(all: MadeSettings["deviceRequests"]): Settings {
  return all.length === 0
    ? []
    : [
        [
          "gpus",
          value(
            all.map((one) => ({ ...one, capabilities: [...new Set(one.capabilities)].sort() })),
            all
              .map(({ count, ids }) => (ids.length > 0 ? ids.join(" ") : count < 0 ? "all" : `${count}`))
              .join(", "),
          ),
        ],
      ];
}

/** Names of networks are compared with the networks. */
const networkModeRule: SettingRule = {
  keys: ["network_mode"],
  wanted: (service) => modeEntry(textOf(service["network_mode"])),
  made: (_made, about) => modeEntry(ofService(about.networkMode, about)),
};

function modeEntry(mode: string | undefined): Settings {
  return mode === undefined || !isMode(mode) || mode === "default"
    ? []
    : [["network_mode", value(mode, mode)]];
}

/** Tried with Compose 2.26 and 2.40; where an engine's settings have other defaults, `engine-defaults.ts` says so. */
export const securityRules: readonly SettingRule[] = [
  flagRule("privileged", ({ privileged }) => privileged),
  flagRule("read_only", ({ readOnly }) => readOnly),
  setRule("cap_add", ({ capAdd }) => capAdd, capability),
  setRule("cap_drop", ({ capDrop }) => capDrop, capability),
  securityRule,
  setRule("group_add", ({ groupAdd }) => groupAdd),
  devicesRule,
  setRule("device_cgroup_rules", ({ deviceCgroupRules }) => deviceCgroupRules),
  requestsRule,
  namespaceRule("ipc", ({ ipc }) => ipc),
  namespaceRule("pid", ({ pid }) => pid),
  namespaceRule("uts", ({ uts }) => uts),
  namespaceRule("cgroup", ({ cgroup }) => cgroup),
  namespaceRule("userns_mode", ({ userns }) => userns),
  scalarRule("isolation", ({ isolation }) => (isolation === "default" ? "" : isolation), {
    read: (json) => (textOf(json) === "default" ? undefined : textOf(json)),
  }),
  networkModeRule,
];
