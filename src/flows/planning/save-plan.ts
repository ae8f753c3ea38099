import path from "node:path";
import { digestBytes } from "../../core/text/digest.ts";
import { RepairError } from "../../core/errors.ts";
import type { Plan } from "../../core/plan.ts";
import { parsePlanFile, writePlanFile } from "../../plan/files/plan-file.ts";
import type { CliServices } from "../services.ts";

export interface SavedPlan {
  readonly plan: Plan;
  readonly path: string;
  readonly digest: string;
}

const MAX_SAME_NAMES = 100;

/**
 * Writes a plan file and never over another one, unless forced. Without a path it goes into `plans/`
 * under the plan's name, with a number behind it when that name is taken; not through a link out of here.
 */
export async function savePlan(
  plan: Plan,
  options: { readonly output: string | undefined; readonly force: boolean },
  services: CliServices,
): Promise<SavedPlan> {
  if (options.output !== undefined) return write(plan, options.output, { force: options.force }, services);
  for (let number = 1; number <= MAX_SAME_NAMES; number++) {
    const name = number === 1 ? plan.metadata.name : `${plan.metadata.name}-${number}`;
    const file = `plans/${name}.plan.yaml`;
    if (!options.force && (await services.files.exists(file, { links: "refuse" }))) continue;
    const named = { ...plan, metadata: { ...plan.metadata, name } };
    return write(named, file, { force: options.force, links: "refuse" }, services);
  }
  throw new RepairError(
    "file_exists",
    `plans/ already holds ${MAX_SAME_NAMES} plans named ${plan.metadata.name}`,
    {
      hint: "name a file with -o FILE",
    },
  );
}

/** Editors resolve the schema from the file's own directory; it stands in `schemas/` of where the command runs. */
function schemaSeenFrom(file: string): string {
  const schema = path.resolve("schemas", "repair-plan.v1.schema.json");
  const seen = path.relative(path.resolve(path.dirname(file)), schema);
  return seen.split(path.sep).join("/");
}

async function write(
  plan: Plan,
  file: string,
  options: { readonly force: boolean; readonly links?: "refuse" },
  services: CliServices,
): Promise<SavedPlan> {
  const text = readableText(plan, schemaSeenFrom(file));
  await services.files.write(file, text, options);
  return { plan, path: file, digest: digestBytes(text) };
}

/**
 * The text of a plan that `--apply` will read. Throws `bad_plan` when it is too large even without its facts, as
 * for deployments of very many services.
 */
function readableText(plan: Plan, schema: string): string {
  const text = writePlanFile(plan, schema);
  const parsed = parsePlanFile(text);
  if (parsed.kind === "ok") return text;
  const why = parsed.diagnostics.map(({ message }) => message).join("; ");
  throw new RepairError("bad_plan", `this plan cannot be kept as a file that --apply would read: ${why}`, {
    hint: "nothing was written or changed: make by hand what the steps above show",
  });
}
