import type { EngineStatus } from "../../ports/docker.ts";
import type { SettingValue } from "./setting.ts";

type Defaults = NonNullable<Extract<EngineStatus, { kind: "reachable" }>["defaults"]>;

/** 64 MiB, unless the engine's own settings say otherwise; those cannot be asked for (moby `daemon/config`). */
const SHM_BYTES = String(64 * 2 ** 20);

/**
 * What an engine gives a container that asks for nothing else. Options of logging that its own settings add to all
 * containers are told nowhere, so they count as the container's.
 */
export function engineDefaults(defaults: Defaults = {}): (setting: string, value: SettingValue) => boolean {
  const usual: Readonly<Record<string, readonly string[]>> = {
    "logging.driver": [defaults.logging ?? "json-file"],
    runtime: defaults.runtime === undefined ? ["runc", "crun"] : [defaults.runtime],
    cgroup: defaults.cgroup === undefined ? ["private", "host"] : [defaults.cgroup],
    ipc: ["private"],
    shm_size: [SHM_BYTES],
  };
  return (setting, { same }) => usual[setting]?.includes(same) ?? false;
}
