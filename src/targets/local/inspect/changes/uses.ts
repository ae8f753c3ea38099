import type { ComposeService } from "../../ports/compose.ts";
import { listOf, objectOf, textOf, textsOf } from "./setting.ts";

/** Keys of the networks that a service is put on; one that uses another's network, or none, has none. */
export function usedNetworks({ printed = {} }: ComposeService): readonly string[] {
  if (textOf(printed["network_mode"] ?? null) !== undefined) return [];
  const networks = printed["networks"];
  return Array.isArray(networks) ? textsOf(networks) : Object.keys(objectOf(networks));
}

/** Keys of the named volumes that a service mounts; short forms of 1.x as they are read there. */
export function usedVolumes({ printed = {}, volumes }: ComposeService): readonly string[] {
  return [
    ...volumes,
    ...listOf(printed["volumes"]).flatMap((json) => {
      if (typeof json !== "object") return [];
      const { type, source } = objectOf(json);
      return type === "volume" && typeof source === "string" ? [source] : [];
    }),
  ];
}
