import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnosticCodes, diagnosticRanges } from "../src/core/diagnostic-codes.ts";

export const diagnosticsDocumentPath = join(import.meta.dirname, "..", "docs", "diagnostics.md");

/** The text of docs/diagnostics.md: what every code means and what to do about it. */
export function diagnosticsDocument(): string {
  const sections = Object.entries(diagnosticRanges).flatMap(([range, about]) => {
    const entries = Object.entries(diagnosticCodes).filter(([code]) => code.startsWith(range));
    if (entries.length === 0) return [];
    const texts = entries.map(
      ([code, { title, explanation, help }]) =>
        `### ${code}: ${title}\n\n${explanation}\n\nWhat to do: ${help}\n`,
    );
    return [`## ${range}xx: ${about}\n`, ...texts];
  });
  return [
    "<!-- Made from src/core/diagnostic-codes.ts by `npm run schemas`; edit that file. -->\n",
    "# Diagnostics\n",
    "`gh devlake repair lint FILE...` and `gh devlake repair --apply FILE` report what is wrong with a plan in this form, everything at once:\n",
    "```text",
    'error[P0302]: the catalog has no tool "run_shell"',
    "  --> plans/2026-11-22-port-8080-held-by-jenkins.plan.yaml:31:11",
    "   |",
    "31 |     tool: run_shell",
    "   |           ^",
    "   = help: gh devlake repair tools lists the tools and their versions",
    "```\n",
    "A code keeps its meaning for ever. With `--json` the same comes as data, the code in `code`.\n",
    ...sections,
  ].join("\n");
}

if (import.meta.main) writeFileSync(diagnosticsDocumentPath, diagnosticsDocument());
