import { defineCommand } from "citty";
import { formatTools } from "../../ui/format-tools.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import type { CliServices } from "../../flows/services.ts";

/** `repair tools`: the closed catalog. */
export function toolsCommand(services: CliServices) {
  return defineCommand({
    meta: { name: "tools", description: "List the only actions that a plan can be made of" },
    args: {
      json: { type: "boolean", description: "print the list as JSON" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: ({ args }): ExitCode => {
      const tools = services.families
        .flatMap(({ tools: all }) => Object.values(all))
        .map(({ name, version, effect, reversible, summary }) => ({
          name,
          version,
          effect,
          reversible,
          summary,
        }));
      services.print(
        args.json === true
          ? `${JSON.stringify(tools, undefined, 2)}\n`
          : `${formatTools(tools, services.style)}\n`,
      );
      return exitCodes.ok;
    },
  });
}
