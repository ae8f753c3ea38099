import { defineCommand } from "citty";
import { RepairError } from "../../core/errors.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import { defaultPolicy, type Policy } from "../../core/policy/policy.ts";
import { escapeJson } from "../../ui/text/escape.ts";
import { recordedIn } from "../../ui/text/format-fact.ts";
import { formatMarkdown } from "../../ui/format-markdown.ts";
import { formatPlan } from "../../ui/format-plan.ts";
import { markdownCode } from "../../ui/text/markdown-text.ts";
import { dirFlag } from "../../ui/text/section.ts";
import { symbolsOf } from "../../ui/text/style.ts";
import { hang } from "../../ui/text/wrap-text.ts";
import { loadPlan, refuseUnsound, unsoundAlone, type LoadedPlan } from "../../flows/planning/load-plan.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import type { CliServices } from "../../flows/services.ts";

/** What may be done is not asked here: any plan that is true may be looked at. */
const anyPolicy: Policy = {
  ...defaultPolicy,
  minimumConfidence: 0,
  planLifetimeHours: Number.POSITIVE_INFINITY,
};

type Format = "terminal" | "markdown" | "json";

/** `repair show FILE`: a plan to read, here or in a pull request. */
export function showCommand(services: CliServices) {
  return defineCommand({
    meta: { name: "show", description: "Show a plan file, here or as a comment for a pull request" },
    args: {
      file: { type: "positional", required: true, description: "the plan file" },
      format: {
        type: "enum",
        options: ["terminal", "markdown", "json"],
        description: "terminal (default), markdown (for a pull request) or json",
      },
      json: { type: "boolean", description: "the same as --format json" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      if (args.json === true && args.format !== undefined && args.format !== "json") {
        throw new RepairError("usage", `--json does not go with --format ${args.format}`, {
          hint: "give one of them",
        });
      }
      const loaded = await loadPlan(args.file, services);
      // Reviewers approve what this shows: effects and findings that are not so must not be among it.
      refuseUnsound(unsoundAlone(loaded, anyPolicy), loaded, services);
      const format: Format = args.json === true ? "json" : (args.format ?? "terminal");
      services.print(shown(loaded, format, services));
      return exitCodes.ok;
    },
  });
}

/** A plan that is too large for its facts, or one from which somebody took them. */
const NOT_PROVEN = "not proven: the plan records no facts, so anything in it may be otherwise";

function shown({ plan, path, digest }: LoadedPlan, format: Format, { style }: CliServices): string {
  const isProven = plan.facts !== undefined;
  const command = `gh devlake repair lint --live ${shellWord(path)}${dirFlag(plan.metadata.target.directory)}`;
  switch (format) {
    case "terminal": {
      const warning = hang(
        `${symbolsOf(style).warn} `,
        `${NOT_PROVEN}; compare it with the deployment:`,
        style.width,
      );
      const unproven = isProven ? "" : `${warning}\n  ${command}\n\n`;
      return `${unproven}${formatPlan(plan, style, { path, lookup: recordedIn(plan) })}\n`;
    }
    case "markdown": {
      const unproven = isProven
        ? ""
        : `> [!WARNING]\n> ${NOT_PROVEN}. Compare it with the deployment: ${markdownCode(command)}\n\n`;
      return `${unproven}${formatMarkdown(plan, { path, digest })}`;
    }
    case "json":
      return `${escapeJson(JSON.stringify({ path, digest, isProven, plan }, undefined, 2))}\n`;
  }
}
