import { defineCommand } from "citty";
import type { CliServices } from "../flows/services.ts";

/** The commands that are ours; the launcher sends all others to the Go extension. */
export function rootCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "gh devlake",
      version: services.version,
      description: "Repairs for Apache DevLake deployments",
    },
    subCommands: {
      repair: () => import("./commands/repair.ts").then(({ repairCommand }) => repairCommand(services)),
    },
  });
}
