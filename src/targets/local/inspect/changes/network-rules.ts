import type { Json } from "../../../../core/text/json.ts";
import type { MadeEndpoint, MadeSettings } from "../../ports/made-settings.ts";
import {
  listOf,
  mapOf,
  objectOf,
  onlyKeys,
  setRule,
  textOf,
  textsOf,
  value,
  type About,
  type MadeAbout,
  type Printed,
  type SettingRule,
  type Settings,
} from "./setting.ts";

/** What the files want of a service's place on one network. */
export interface WantedEndpoint {
  readonly key: string;
  readonly network: string;
  /** Those of the files; service and container names come by themselves. */
  readonly aliases: readonly string[];
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly linkLocal: readonly string[];
  readonly driverOpts: Readonly<Record<string, string>>;
  readonly macAddress: string | undefined;
}

const endpointKeys = [
  "aliases",
  "ipv4_address",
  "ipv6_address",
  "link_local_ips",
  "driver_opts",
  "mac_address",
  // Says in which order they are connected.
  "priority",
];

export function wantedEndpoints(
  service: Printed,
  about: Pick<About, "networks" | "project">,
): readonly WantedEndpoint[] {
  const printed = service["networks"];
  const byKey: readonly (readonly [string, Json])[] = Array.isArray(printed)
    ? textsOf(printed).map((key) => [key, null])
    : Object.entries(objectOf(printed));
  return byKey.map(([key, json]) => {
    const endpoint = onlyKeys(objectOf(json), endpointKeys);
    return {
      key,
      network: about.networks.get(key) ?? `${about.project}_${key}`,
      aliases: textsOf(endpoint["aliases"]),
      ipv4: textOf(endpoint["ipv4_address"]),
      ipv6: textOf(endpoint["ipv6_address"]),
      linkLocal: textsOf(endpoint["link_local_ips"]),
      driverOpts: mapOf(endpoint["driver_opts"]),
      macAddress: textOf(endpoint["mac_address"]),
    };
  });
}

/** On which networks it is, how it is called there and which addresses it was given. */
const networksRule: SettingRule = {
  keys: ["networks"],
  wanted: (service, about) => [
    ...namedByMode(service),
    ...wantedEndpoints(service, about).flatMap((endpoint): Settings => {
      const setting = `networks.${endpoint.key}`;
      const aliases = [...new Set([...endpoint.aliases, about.service])]
        .filter((name) => name !== textOf(service["container_name"]))
        .sort();
      return [
        [setting, value(endpoint.network, endpoint.network)],
        ...(aliases.length === 0
          ? []
          : [[`${setting}.aliases`, value(aliases, aliases.join(", "))] as const]),
        ...addresses(setting, { ...endpoint, ipv4: endpoint.ipv4 ?? "", ipv6: endpoint.ipv6 ?? "" }),
      ];
    }),
  ],
  made: (made, about) => {
    const keys = new Map([...about.networks].map(([key, name]) => [name, key]));
    return Object.entries(made.endpoints).flatMap(([network, endpoint]): Settings => {
      if (isNoNetwork(network)) return [];
      const setting = `networks.${keys.get(network) ?? network}`;
      const aliases = aliasesOf(endpoint, made, about);
      return [
        [setting, value(network, network)],
        ...(aliases.length === 0
          ? []
          : [[`${setting}.aliases`, value(aliases, aliases.join(", "))] as const]),
        ...addresses(setting, endpoint),
      ];
    });
  },
};

/** A network's own name may stand as the mode. */
function namedByMode(service: Printed): Settings {
  const mode = textOf(service["network_mode"]);
  return mode === undefined || isMode(mode) ? [] : [[`networks.${mode}`, value(mode, mode)]];
}

export function isMode(mode: string): boolean {
  return isNoNetwork(mode) || mode === "default" || mode.includes(":");
}

/** Those that stand for a mode, and that the files name as `network_mode`. */
function isNoNetwork(network: string): boolean {
  return ["host", "none", "bridge"].includes(network);
}

/** Without what the engine adds: the container's name, its short id and its host name. */
function aliasesOf(
  { aliases }: MadeEndpoint,
  { hostname }: MadeSettings,
  about: MadeAbout,
): readonly string[] {
  return aliases
    .filter(
      (name) =>
        name !== about.name && name !== hostname && !(name.length === 12 && about.id.startsWith(name)),
    )
    .filter((name, index, all) => all.indexOf(name) === index)
    .sort();
}

function addresses(
  setting: string,
  endpoint: Pick<MadeEndpoint, "ipv4" | "ipv6" | "linkLocal" | "driverOpts">,
): Settings {
  const texts = {
    ipv4_address: endpoint.ipv4,
    ipv6_address: endpoint.ipv6,
    link_local_ips: endpoint.linkLocal.toSorted().join(", "),
    ...Object.fromEntries(
      Object.entries(endpoint.driverOpts).map(([name, text]) => [`driver_opts.${name}`, text]),
    ),
  };
  return Object.entries(texts).flatMap(([name, text]) =>
    text === "" ? [] : [[`${setting}.${name}`, value(text, text)] as const],
  );
}

/** A fixed one; others the engine makes up. Engine 29 no longer says which was asked for. */
const macRule: SettingRule = {
  keys: ["mac_address"],
  wanted: (service, about) => {
    const fixed =
      textOf(service["mac_address"]) ??
      wantedEndpoints(service, about).find((one) => one.macAddress)?.macAddress;
    return mac(fixed);
  },
  made: ({ macAddress }) => mac(macAddress),
};

function mac(address: string | undefined): Settings {
  const text = address?.toLowerCase() ?? "";
  return text === "" ? [] : [["mac_address", value(text, text)]];
}

/** `HOST=ADDRESS` of Compose 2, `HOST:ADDRESS` of 1.x and of the engine, with or without brackets. */
function hostEntry(text: string): string {
  const [, host = text, address = ""] = /^([^=:]+)[=:](.*)$/.exec(text) ?? [];
  return `${host}:${address.replace(/^\[(.*)\]$/, "$1")}`;
}

const extraHostsRule: SettingRule = {
  ...setRule("extra_hosts", ({ extraHosts }) => extraHosts, hostEntry),
  wanted: (service) => {
    const printed = service["extra_hosts"];
    const texts = Array.isArray(printed)
      ? textsOf(printed)
      : Object.entries(objectOf(printed)).flatMap(([host, json]) =>
          textsOf(json).map((address) => `${host}=${address}`),
        );
    const all = [...new Set(texts.map(hostEntry))].sort();
    return all.length === 0 ? [] : [["extra_hosts", value(all, all.join(", "))]];
  },
};

/** Names for other containers, from before there were networks: `SERVICE:ALIAS`. */
const linksRule: SettingRule = {
  keys: ["links", "external_links"],
  wanted: (service) =>
    links(
      [...listOf(service["links"]), ...listOf(service["external_links"])].map((json) => {
        const text = textOf(json) ?? "";
        return text.includes(":") ? text : `${text}:${text}`;
      }),
    ),
  made: ({ endpoints }, about) =>
    links(
      Object.values(endpoints).flatMap((endpoint) =>
        endpoint.links.flatMap((link) => {
          const [container = "", alias = ""] = link.split(":");
          const service = about.serviceOf(container);
          if (service === undefined) return [link];
          // Compose adds `SERVICE-1` and `PROJECT-SERVICE-1` to each.
          const own = new RegExp(
            `^(?:${RegExp.escape(about.project)}[-_])?${RegExp.escape(service)}[-_]\\d+$`,
          );
          return own.test(alias) || alias === container ? [] : [`${service}:${alias}`];
        }),
      ),
    ),
};

function links(texts: readonly string[]): Settings {
  const all = [...new Set(texts)].sort();
  return all.length === 0 ? [] : [["links", value(all, all.join(", "))]];
}

/** Ports that are exposed by the files alone: an image's own, and those that are published, are told elsewhere. */
const exposeRule: SettingRule = {
  keys: ["expose"],
  wanted: (service, _about, image) =>
    exposes(textsOf(service["expose"]), [
      ...listOf(service["ports"]).map(targetOf),
      ...(image?.exposed ?? []),
    ]),
  made: ({ exposed: all, bound }, { ownImage }) => exposes(all, [...bound, ...(ownImage?.exposed ?? [])]),
};

function targetOf(json: Json): string {
  if (typeof json !== "object") return shortTarget(String(json));
  const port = objectOf(json);
  return `${textOf(port["target"]) ?? ""}/${textOf(port["protocol"]) ?? "tcp"}`;
}

/** Published ports without one host port: a range, or one that the engine chooses. The others are facts of their own. */
const unfixedPortsRule: SettingRule = {
  keys: ["ports"],
  wanted: (service) =>
    listOf(service["ports"]).flatMap((json): Settings => {
      if (typeof json !== "object") {
        if (/^(?:.*:)?\d+:\d+(?:\/(?:tcp|udp))?$/.test(String(json))) return [];
        throw new TypeError("a short form");
      }
      const port = objectOf(json);
      const [published, protocol] = [textOf(port["published"]) ?? "", textOf(port["protocol"]) ?? "tcp"];
      if (/^[1-9]\d*$/.test(published) && ["tcp", "udp"].includes(protocol)) return [];
      return [
        unfixed(targetOf(json), `${textOf(port["host_ip"]) ?? ""}:${published === "0" ? "" : published}`),
      ];
    }),
  made: (made) => Object.entries(made.unfixed).map(([target, text]) => unfixed(target, text)),
};

function unfixed(target: string, text: string): Settings[number] {
  return [`ports.${target}`, value(text, text === ":" ? "any" : text.replace(/^:/, ""))];
}

/** The last part of `IP:PUBLISHED:TARGET/PROTOCOL`. */
function shortTarget(text: string): string {
  return text.slice(text.lastIndexOf(":") + 1);
}

function exposed(text: string): string {
  return text.includes("/") ? text : `${text}/tcp`;
}

function exposes(ports: readonly string[], published: readonly string[]): Settings {
  const told = new Set(published.map(exposed));
  const all = [...new Set(ports.map(exposed))].filter((port) => !told.has(port)).sort();
  return all.length === 0 ? [] : [["expose", value(all, all.join(", "))]];
}

/** Tried with Compose 2.26 and 2.40. */
export const networkRules: readonly SettingRule[] = [
  networksRule,
  macRule,
  extraHostsRule,
  linksRule,
  exposeRule,
  unfixedPortsRule,
  setRule("dns", ({ dns }) => dns),
  setRule("dns_search", ({ dnsSearch }) => dnsSearch),
  setRule("dns_opt", ({ dnsOptions }) => dnsOptions),
];
