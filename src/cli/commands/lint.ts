import { defineCommand } from "citty";
import { RepairError } from "../../core/errors.ts";
import type { Facts } from "../../core/fact.ts";
import { lintPlan, type LintContext } from "../../plan/lint-plan.ts";
import { escapeJson } from "../../ui/escape.ts";
import { diagnosticsJson, isRefused, type DiagnosedFile } from "../../ui/format-diagnostics.ts";
import { formatLint } from "../../ui/format-lint.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { loadPolicy } from "../load-policy.ts";
import { inspectTarget, loadFacts } from "../make-plan.ts";
import type { CliServices } from "../services.ts";

/** Larger than a plan may be, so that the parser can say what is wrong with one that is. */
const MAX_BYTES = 1024 * 1024;

/** `repair lint FILE...`: all that is wrong with plans, for CI. */
export function lintCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "lint",
      description: "Check plan files: schema, catalog, policy, and whether they still hold",
    },
    args: {
      file: { type: "positional", required: true, valueHint: "...", description: "the plan files" },
      live: { type: "boolean", description: "compare with the deployment as it is now" },
      facts: { type: "string", valueHint: "FILE", description: "compare with a facts bundle" },
      dir: {
        type: "string",
        valueHint: "DIRECTORY",
        default: ".",
        description: "the deployment's directory",
      },
      policy: {
        type: "string",
        valueHint: "FILE",
        description: "a policy file that beats the directory's .devlake-repair.yaml and your own",
      },
      json: { type: "boolean", description: "print what is wrong as JSON" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      if (args.live === true && args.facts !== undefined) {
        throw new RepairError("usage", "--live does not go with --facts", {
          hint: "compare with the deployment or with the bundle, not with both",
        });
      }
      const context: LintContext = {
        schema: await services.planSchema(),
        policy: await loadPolicy(args.dir, args.policy, services),
        now: services.clock.now(),
        facts: await factsFor(args, services),
      };
      const files: DiagnosedFile[] = [];
      for (const file of args._) files.push(await lintFile(file, context, services));
      const comparedWith = args.live === true ? "the deployment as it is now" : args.facts;
      services.print(
        args.json === true
          ? `${escapeJson(JSON.stringify(diagnosticsJson(files), undefined, 2))}\n`
          : `${formatLint(files, services.style, { comparedWith })}\n`,
      );
      return files.some(({ diagnostics }) => isRefused(diagnostics)) ? exitCodes.usage : exitCodes.ok;
    },
  });
}

async function factsFor(
  args: {
    readonly live?: boolean | undefined;
    readonly facts?: string | undefined;
    readonly dir: string;
    readonly json?: boolean | undefined;
  },
  services: CliServices,
): Promise<Facts | undefined> {
  if (args.facts !== undefined) return (await loadFacts(args.facts, services)).facts;
  if (args.live !== true) return undefined;
  const { reporter, close } = services.openReporter(args.json === true);
  const target = await services.openTarget(args.dir);
  try {
    return (await inspectTarget(target, args.dir, reporter, services)).facts;
  } finally {
    target.close();
    close();
  }
}

/** A file that cannot be read is refused like any other, so that the rest are still checked. */
async function lintFile(file: string, context: LintContext, services: CliServices): Promise<DiagnosedFile> {
  try {
    const text = (await services.files.read(file, MAX_BYTES)).toString("utf8");
    return { file, text, diagnostics: lintPlan(text, context) };
  } catch (thrown) {
    if (!(thrown instanceof RepairError) || thrown.code !== "file_unreadable") throw thrown;
    const { message, hint } = thrown;
    const unreadable = { code: "P0001", message, help: hint, position: undefined, path: "" } as const;
    return { file, text: undefined, diagnostics: [unreadable] };
  }
}
