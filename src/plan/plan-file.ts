import { Document, isAlias, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { PLAN_API_VERSION, PlanSchema, type Plan } from "../core/plan.ts";
import type { Diagnostic, Position } from "./diagnostics.ts";

/** Plans are text that people review: anything larger is not one. */
export const MAX_PLAN_BYTES = 64 * 1024;

export interface ParsedPlan {
  readonly plan: Plan;
  /** Where a path such as `["steps", 0, "args"]` stands in the file. */
  readonly positionOf: (path: readonly PropertyKey[]) => Position | undefined;
}

export type PlanParse =
  | ({ readonly kind: "ok" } & ParsedPlan)
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

/** A plan as the text of its file; the same plan always gives the same bytes. */
export function writePlanFile(plan: Plan): string {
  const document = new Document(plan, { aliasDuplicateObjects: false });
  const body = document.toString({ lineWidth: 0, blockQuote: "literal" });
  return `# yaml-language-server: $schema=../schemas/repair-plan.v1.schema.json\n${body}`;
}

/**
 * Reads a plan as hostile text: strict YAML 1.2 core, no aliases, anchors, tags, directives or merge
 * keys, no keys that reach into prototypes, then the schema. Never throws.
 */
export function parsePlanFile(text: string): PlanParse {
  if (Buffer.byteLength(text) > MAX_PLAN_BYTES) {
    return refused([
      problem(
        "P0101",
        `the plan is larger than ${MAX_PLAN_BYTES} bytes`,
        "make a new plan: gh devlake repair --plan-only",
      ),
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const hazards = [
    ...[...document.errors, ...document.warnings].map(({ message, pos }) =>
      problem("P0102", message, undefined, at(pos[0])),
    ),
    ...directives(text),
    ...yamlHazards(document, at),
  ];
  if (hazards.length > 0) return refused(hazards);

  const positionOf = (path: readonly PropertyKey[]): Position | undefined => {
    const node = document.getIn(path, true);
    return isNode(node) && node.range ? at(node.range[0]) : undefined;
  };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const version = z.looseObject({ apiVersion: z.string() }).safeParse(value);
  if (version.success && version.data.apiVersion !== PLAN_API_VERSION) {
    return refused([
      problem(
        "P0201",
        `the plan has version "${version.data.apiVersion}", this program reads ${PLAN_API_VERSION}`,
        "make a new plan with this program: gh devlake repair --plan-only",
        positionOf(["apiVersion"]),
        "apiVersion",
      ),
    ]);
  }
  const checked = PlanSchema.safeParse(value);
  if (checked.success) return { kind: "ok", plan: checked.data, positionOf };
  return refused(
    checked.error.issues.map(({ message, path }) =>
      problem("P0202", message, undefined, nearest(path, positionOf), path.map(String).join(".")),
    ),
  );
}

function refused(diagnostics: readonly Diagnostic[]): PlanParse {
  return { kind: "refused", diagnostics };
}

function problem(
  code: Diagnostic["code"],
  message: string,
  help?: string,
  position?: Position,
  path = "",
): Diagnostic {
  return { code, message, help, position, path };
}

/** The position of a path, or of the closest parent that stands in the file. */
function nearest(path: readonly PropertyKey[], positionOf: ParsedPlan["positionOf"]): Position | undefined {
  for (let length = path.length; length >= 0; length--) {
    const position = positionOf(path.slice(0, length));
    if (position !== undefined) return position;
  }
  return undefined;
}

function directives(text: string): readonly Diagnostic[] {
  const line = text.split("\n").findIndex((candidate) => candidate.startsWith("%"));
  if (line < 0) return [];
  return [
    problem("P0103", "YAML directives are not allowed in a plan", "delete the line", {
      line: line + 1,
      column: 1,
    }),
  ];
}

const prototypeKeys = new Set(["__proto__", "constructor", "prototype", "<<"]);

function yamlHazards(
  document: ReturnType<typeof parseDocument>,
  at: (offset: number) => Position,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (message: string, node: { readonly range?: readonly number[] | null | undefined }): void => {
    found.push(problem("P0103", message, "plans hold plain values only", at(node.range?.[0] ?? 0)));
  };
  visit(document, (_key, node) => {
    if (isAlias(node)) add("aliases are not allowed in a plan", node);
    else if (isPair(node)) {
      const { key } = node;
      if (isScalar(key) && prototypeKeys.has(String(key.value)))
        add(`the key "${String(key.value)}" is not allowed in a plan`, key);
    } else if (isNode(node)) {
      if ("anchor" in node && node.anchor !== undefined) add("anchors are not allowed in a plan", node);
      if (node.tag !== undefined && node.tag.startsWith("!"))
        add(`the tag "${node.tag}" is not allowed in a plan`, node);
    }
  });
  return found;
}
