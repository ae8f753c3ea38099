import { parseArgs } from "node:util";
import { RepairError } from "../../src/core/errors.ts";
import { approvalDetails, approvalText, formatApproval } from "../../src/ui/format-approval.ts";
import { formatError } from "../../src/ui/format-error.ts";
import { formatPlan } from "../../src/ui/format-plan.ts";
import { formatResult } from "../../src/ui/format-result.ts";
import { chooseStyle } from "../../src/ui/text/style.ts";
import {
  awkwardPlan,
  escalatedPlan,
  failedResult,
  healthyPlan,
  lookup,
  moveStep,
  repairedResult,
  repairPlan,
} from "./sample-plans.ts";

// Every text of the product for looking at: `node test/ui/gallery.ts [name...]` in a terminal.

const { positionals } = parseArgs({ allowPositionals: true });
const style = chooseStyle({
  env: process.env,
  isTty: process.stdout.isTTY,
  columns: process.stdout.columns,
  platform: process.platform,
});
const path = "plans/2026-11-22-port-8080-held-by-jenkins.plan.yaml";
const resultPath = "plans/2026-11-22-port-8080-held-by-jenkins.result.json";

const pictures: Readonly<Record<string, () => string>> = {
  repair: () => formatPlan(repairPlan, style, { lookup, path }),
  healthy: () => formatPlan(healthyPlan, style, { path }),
  escalate: () => formatPlan(escalatedPlan, style, { lookup, path }),
  awkward: () => formatPlan(awkwardPlan, style, { lookup, path }),
  approval: () => formatApproval(approvalText(moveStep, repairPlan, "."), style),
  details: () => formatApproval(approvalDetails(moveStep, repairPlan, lookup), style),
  repaired: () => formatResult(repairedResult, style, { resultPath }),
  failed: () => formatResult(failedResult, style, { resultPath }),
  error: () =>
    formatError(
      new RepairError(
        "no_compose_file",
        "no docker-compose.yml, compose.yml or compose.yaml in /srv/devlake",
        {
          hint: "run it in the deployment's directory, or name it: gh devlake repair --dir DIRECTORY",
        },
      ),
      style,
    ),
  bug: () => formatError(new TypeError("undefined is not a function"), style),
};

for (const [name, draw] of Object.entries(pictures)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stdout.write(
    `${"-".repeat(4)} ${name} ${"-".repeat(style.width - name.length - 6)}\n${draw()}\n\n`,
  );
}
