import { Document, isMap, Scalar, visit } from "yaml";
import { unitEscapes, unsafeCharacters } from "../../core/text/unsafe-characters.ts";
import { PLAN_API_VERSION, PlanSchema, type Plan } from "../../core/plan.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { tokenHazards } from "./yaml-tokens.ts";
import { parseStrictYaml, type PositionOf, type StrictFormat } from "./strict-yaml.ts";
import { NEW_PLAN_WITH_THIS } from "../../core/text/own-commands.ts";

/** Plans are text that people review: anything larger is not one. */
export const MAX_PLAN_BYTES = 64 * 1024;

export const planFormat: StrictFormat<Plan> = {
  what: "plan",
  apiVersion: PLAN_API_VERSION,
  schema: PlanSchema,
  maxBytes: MAX_PLAN_BYTES,
  help: NEW_PLAN_WITH_THIS,
};

export interface ParsedPlan {
  readonly plan: Plan;
  readonly positionOf: PositionOf;
}

export type PlanParse =
  | ({ readonly kind: "ok" } & ParsedPlan)
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

/** Characters of a recorded fact; the library breaks longer ones into lines. */
const ONE_LINE = 60;

/** Where the schema stands as seen from `plans/`, the usual place of plans. */
const SCHEMA = "../schemas/repair-plan.v1.schema.json";

/**
 * A plan as the text of its file; the same plan always gives the same bytes. `schema`: where editors
 * find the schema, as seen from the file.
 */
export function writePlanFile(plan: Plan, schema: string = SCHEMA): string {
  const text = written(plan, schema);
  // A plan that cannot be proven without its deployment is better than one that nobody may read.
  return plan.facts !== undefined && isTooLarge(text) ? written({ ...plan, facts: undefined }, schema) : text;
}

function isTooLarge(text: string): boolean {
  return Buffer.byteLength(text) > MAX_PLAN_BYTES || tokenHazards(text).length > 0;
}

/** Characters that a reviewer would not see as they are; the library leaves most of them raw. */
function isHidden(text: string): boolean {
  return [...text.matchAll(unsafeCharacters)].some(([character]) => !isLayout(character));
}

function isLayout(character: string): boolean {
  return character === "\n" || character === "\t";
}

function written(plan: Plan, schema: string): string {
  const document = new Document(plan, { aliasDuplicateObjects: false, keepUndefined: false });
  for (const [id, entry] of Object.entries(plan.facts ?? {})) {
    const node = document.getIn(["facts", id]);
    // Short ones read like a table.
    if (isMap(node)) node.flow = JSON.stringify(entry).length <= ONE_LINE;
  }
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && isHidden(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const body = document
    .toString({ lineWidth: 0, blockQuote: "literal", flowCollectionPadding: false })
    .replaceAll(unsafeCharacters, (character) => (isLayout(character) ? character : unitEscapes(character)));
  return `# yaml-language-server: $schema=${schema}\n${body}`;
}

/** Reads a plan as the hostile text it may be. Never throws. */
export function parsePlanFile(text: string): PlanParse {
  const parsed = parseStrictYaml(text, planFormat);
  return parsed.kind === "refused"
    ? parsed
    : { kind: "ok", plan: parsed.value, positionOf: parsed.positionOf };
}
