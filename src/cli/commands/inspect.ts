import { defineCommand } from "citty";
import { escapeJson, escapeLine } from "../../ui/text/escape.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import { dirFlag } from "../../ui/text/section.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { loadPolicy } from "../../flows/policy/load-policy.ts";
import { factsBundle, inspectTarget } from "../../flows/planning/make-plan.ts";
import type { CliServices } from "../../flows/services.ts";

/** `repair inspect`: the facts bundle, to be saved, sent and planned from elsewhere. */
export function inspectCommand(services: CliServices) {
  return defineCommand({
    meta: { name: "inspect", description: "Look at the deployment and save what was seen, secrets masked" },
    args: {
      output: {
        type: "string",
        alias: "o",
        valueHint: "FILE",
        description: "where the facts go (default: standard output)",
      },
      force: { type: "boolean", description: "with -o: overwrite the file" },
      dir: {
        type: "string",
        valueHint: "DIRECTORY",
        default: ".",
        description: "the deployment's directory",
      },
      policy: {
        type: "string",
        valueHint: "FILE",
        description: "a policy file, which may name further secrets, beside the directory's and your own",
      },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      const policy = await loadPolicy(args.dir, args.policy, services);
      const { reporter, close } = services.openReporter(false);
      const target = await services.openTarget(args.dir, policy);
      try {
        const source = await inspectTarget(target, args.dir, reporter, services);
        const text = `${escapeJson(JSON.stringify(factsBundle(source, services), undefined, 2))}\n`;
        if (args.output === undefined) services.print(text);
        else {
          await services.files.write(args.output, text, { force: args.force === true });
          services.print(
            `${source.facts.size} facts in ${escapeLine(args.output)}\n\nNext\n   gh devlake repair --plan-only --facts ${shellWord(args.output)}${dirFlag(args.dir)}\n`,
          );
        }
        return exitCodes.ok;
      } finally {
        target.close();
        close();
      }
    },
  });
}
