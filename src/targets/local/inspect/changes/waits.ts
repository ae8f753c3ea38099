import type { Wait } from "../../facts/change-facts.ts";
import type { ComposeService } from "../../ports/compose.ts";
import { flagOf, objectOf, textOf } from "./setting.ts";

const conditions: Readonly<Record<string, Wait["condition"]>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

/** What its start waits for; the short form waits for the start alone. */
export function waitsOf({ printed = {}, dependsOn }: ComposeService): Wait[] {
  const printedWaits = printed["depends_on"];
  const isMap = typeof printedWaits === "object" && printedWaits !== null && !Array.isArray(printedWaits);
  const byName = isMap ? objectOf(printedWaits) : {};
  return dependsOn
    .map((service): Wait => {
      const how = objectOf(byName[service]);
      return {
        service,
        condition: conditions[textOf(how["condition"]) ?? ""] ?? "started",
        restart: flagOf(how["restart"]) ?? false,
        required: flagOf(how["required"]) ?? true,
      };
    })
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** `network_mode: service:NAME`. */
export function sharesNetworkOf({ printed = {} }: ComposeService): string | undefined {
  return /^service:(.+)$/.exec(textOf(printed["network_mode"]) ?? "")?.[1];
}
