import { rootCommand } from "./cli/root.ts";
import { exitCodeOf, exitCodes } from "./cli/exit-code.ts";
import { runStrict } from "./cli/strict-args.ts";
import { RepairError } from "./core/errors.ts";
import { formatError } from "./ui/format-error.ts";
import { chooseStyle } from "./ui/text/style.ts";
import { wireServices, type ProcessParts } from "./wire-services.ts";

/** Runs one command line and gives the exit code; whatever is thrown ends here, as a message. */
export async function runCli(rawArgs: readonly string[], parts: ProcessParts): Promise<number> {
  const { env, platform, stderr, signal } = parts;
  try {
    if (isSet(env["GH_DEVLAKE_REPAIR_DISABLED"])) {
      throw new RepairError("locked", "repairs are disabled here by GH_DEVLAKE_REPAIR_DISABLED", {
        hint: "ask whoever set it, or unset it",
      });
    }
    const services = wireServices(parts);
    const code = await runStrict(rootCommand(services), rawArgs, {
      print: services.print,
      colour: services.style.colour,
      width: services.style.width,
    });
    return typeof code === "number" ? code : exitCodes.ok;
  } catch (thrown) {
    const style = chooseStyle({ env, platform, isTty: stderr.isTTY, columns: stderr.columns });
    stderr.write(`${formatError(thrown, style, { verbose: rawArgs.includes("--verbose") })}\n`);
    if (signal.aborted) return exitCodes.interrupted;
    return thrown instanceof RepairError ? exitCodeOf(thrown.code) : exitCodes.internal;
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
