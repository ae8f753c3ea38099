import type { Json } from "../../../../core/text/json.ts";
import {
  flagOf,
  mapRule,
  numberOf,
  objectOf,
  scalarRule,
  textOf,
  value,
  type Printed,
  type SettingRule,
  type Settings,
} from "./setting.ts";

/** What `deploy` says of resources counts over the older keys (Compose `getDeployResources`). */
function deployed(service: Printed, kind: "limits" | "reservations"): Printed {
  return objectOf(objectOf(objectOf(service["deploy"])["resources"])[kind]);
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Bytes, as a number, a text of digits (Compose 2) or with a unit (1.x). */
export function bytesOf(json: Json | undefined): number | undefined {
  const text = textOf(json);
  if (text === undefined) return undefined;
  const [, amount, unit = ""] = /^(-?\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (amount === undefined) throw new TypeError("no number of bytes");
  return Math.round(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
}

function amountRule(
  key: string,
  name: string,
  read: (service: Printed) => number | undefined,
  {
    isUsual = (amount) => amount === 0,
    keys = [key],
    show = String,
  }: {
    readonly isUsual?: (amount: number) => boolean;
    readonly keys?: readonly string[];
    readonly show?: (amount: number) => string;
  } = {},
): SettingRule {
  return {
    keys,
    wanted: (service) => {
      const amount = read(service) ?? 0;
      return amount === 0 ? [] : [[key, value(amount, show(amount))]];
    },
    made: (made) => {
      const amount = made.numbers[name] ?? 0;
      return amount === 0 || isUsual(amount) ? [] : [[key, value(amount, show(amount))]];
    },
  };
}

const of = (key: string) => (service: Printed) => numberOf(service[key]);
const bytes = (amount: number): string => (amount % 2 ** 20 === 0 ? `${amount / 2 ** 20}m` : `${amount}`);
const cpus = (amount: number): string => String(amount / 1e9);
/** Where nothing says how much may be swapped, the engine allows as much again as there is memory. */
const swapRule: SettingRule = {
  keys: ["memswap_limit"],
  wanted: (service) => swap(bytesOf(service["memswap_limit"]) ?? 0, memoryOf(service) ?? 0),
  made: ({ numbers }) => swap(numbers["MemorySwap"] ?? 0, numbers["Memory"] ?? 0),
};

function swap(amount: number, memory: number): Settings {
  return amount === 0 || amount === 2 * memory
    ? []
    : [["memswap_limit", value(amount, amount < 0 ? "unlimited" : bytes(amount))]];
}

const ulimitRule: SettingRule = {
  keys: ["ulimits"],
  wanted: (service) =>
    Object.entries(objectOf(service["ulimits"])).map(([name, json]) => {
      const both = typeof json === "object" ? objectOf(json) : { soft: json, hard: json };
      return [`ulimits.${name}`, limit(numberOf(both["soft"]) ?? 0, numberOf(both["hard"]) ?? 0)];
    }),
  made: ({ ulimits }) => ulimits.map(({ name, soft, hard }) => [`ulimits.${name}`, limit(soft, hard)]),
};

function limit(soft: number, hard: number) {
  return value([soft, hard], soft === hard ? `${soft}` : `${soft} to ${hard}`);
}

/** Limits of block devices: each of the files is compared by name alone where the engine has any. */
const blkioRule: SettingRule = {
  keys: ["blkio_config"],
  wanted: (service) => {
    const config = objectOf(service["blkio_config"]);
    const { weight, ...devices } = config;
    if (Object.keys(devices).length > 0) throw new TypeError("limits of single devices");
    const amount = numberOf(weight) ?? 0;
    return amount === 0 ? [] : [["blkio_config", value(String(amount), `weight ${amount}`)]];
  },
  made: ({ blkio: { BlkioWeight: weight, ...devices } }) => {
    if (Object.keys(devices).length > 0) return [["blkio_config", value(devices)]];
    return weight === undefined ? [] : [["blkio_config", value(weight, `weight ${weight}`)]];
  },
};

function memoryOf(service: Printed): number | undefined {
  return bytesOf(deployed(service, "limits")["memory"]) || bytesOf(service["mem_limit"]);
}

/** Tried with Compose 2.26 and 2.40. */
export const resourceRules: readonly SettingRule[] = [
  amountRule("mem_limit", "Memory", memoryOf, {
    keys: ["mem_limit", "deploy"],
    show: bytes,
  }),
  amountRule(
    "mem_reservation",
    "MemoryReservation",
    (service) => bytesOf(deployed(service, "reservations")["memory"]) || bytesOf(service["mem_reservation"]),
    {
      keys: ["mem_reservation", "deploy"],
      show: bytes,
    },
  ),
  swapRule,
  amountRule("mem_swappiness", "MemorySwappiness", of("mem_swappiness"), {
    isUsual: (amount) => amount === -1,
  }),
  amountRule("shm_size", "ShmSize", (service) => bytesOf(service["shm_size"]), { show: bytes }),
  amountRule(
    "cpus",
    "NanoCpus",
    (service) => {
      const amount = numberOf(deployed(service, "limits")["cpus"]) || numberOf(service["cpus"]);
      return amount === undefined ? undefined : Math.round(amount * 1e9);
    },
    { keys: ["cpus", "deploy"], show: cpus },
  ),
  amountRule("cpu_shares", "CpuShares", of("cpu_shares")),
  amountRule("cpu_period", "CpuPeriod", timeOf("cpu_period")),
  amountRule("cpu_quota", "CpuQuota", timeOf("cpu_quota")),
  amountRule("cpu_rt_period", "CpuRealtimePeriod", timeOf("cpu_rt_period")),
  amountRule("cpu_rt_runtime", "CpuRealtimeRuntime", timeOf("cpu_rt_runtime")),
  amountRule("cpu_count", "CpuCount", of("cpu_count")),
  amountRule("cpu_percent", "CpuPercent", (service) => {
    const percent = numberOf(service["cpu_percent"]);
    return percent === undefined ? undefined : Math.floor(percent * 100);
  }),
  amountRule(
    "pids_limit",
    "PidsLimit",
    (service) => numberOf(deployed(service, "limits")["pids"]) || numberOf(service["pids_limit"]),
    {
      keys: ["pids_limit", "deploy"],
      isUsual: (amount) => amount <= 0,
    },
  ),
  amountRule("oom_score_adj", "OomScoreAdj", of("oom_score_adj")),
  {
    keys: ["oom_kill_disable"],
    wanted: (service) =>
      flagOf(service["oom_kill_disable"]) === true ? [["oom_kill_disable", value("yes", "yes")]] : [],
    made: ({ oomKillDisable }) => (oomKillDisable ? [["oom_kill_disable", value("yes", "yes")]] : []),
  },
  scalarRule("cpuset", ({ cpuset }) => cpuset),
  scalarRule("cgroup_parent", ({ cgroupParent }) => cgroupParent),
  scalarRule("runtime", ({ runtime }) => runtime),
  mapRule("sysctls", ({ sysctls }) => sysctls),
  mapRule("storage_opt", ({ storageOpt }) => storageOpt),
  ulimitRule,
  blkioRule,
];

/** Compose takes microseconds, or a duration. */
function timeOf(key: string) {
  return (service: Printed): number | undefined => {
    const text = textOf(service[key]);
    return text === undefined ? undefined : Number.parseInt(text, 10);
  };
}
