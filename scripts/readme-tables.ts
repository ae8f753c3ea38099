import { catalog } from "../src/targets/local/tools/index.ts";
import { exitCodes } from "../src/cli/exit-code.ts";

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "healthy, plan written, repaired and verified, or taken back and read back",
  internal: "internal error",
  planHasSteps: "with `--detailed-exitcode`: a plan with steps was written",
  noSafeRepair: "no safe repair: nothing was changed, next steps are printed",
  approvalMissing: "approval missing or declined, or the plan has expired or was applied before",
  planStale: "the plan is stale: facts moved",
  failedRestored: "a step failed; what was changed has been taken back",
  failed: "a step failed; not all was taken back, or the outcome is unknown",
  unhealthy: "all steps ran, but DevLake is still unhealthy",
  usage: "usage error, invalid plan, policy or facts file, result not accepted by `verify`",
  lockedOrDisabled:
    "locked by another run, or by one that was cut off and waits for `--resume`; or disabled by policy or `GH_DEVLAKE_REPAIR_DISABLED`",
  interrupted: "interrupted",
};

/** The README with the tables between its `<!-- generated: NAME -->` markers made anew. */
export function withGeneratedTables(readme: string): string {
  const codes = Object.entries(exitCodes) as [keyof typeof exitCodes, number][];
  const tables = {
    tools: table(
      ["tool", "effect", "can be undone", "what it does"],
      Object.values(catalog).map(({ name, effect, reversible, summary }) => [
        `\`${name}\``,
        effect,
        reversible,
        summary,
      ]),
    ),
    "exit codes": table(
      ["exit", "meaning"],
      codes.map(([name, code]) => [String(code), meanings[name]]),
    ),
  };
  return Object.entries(tables).reduce((text, [name, content]) => replaced(text, name, content), readme);
}

function replaced(text: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const end = "<!-- end -->";
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`the README has no place for the table "${name}"`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

/** Columns padded as the formatter pads them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...rows].map(line).join("");
}
