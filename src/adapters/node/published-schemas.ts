import { readFile } from "node:fs/promises";
import { Ajv, type ErrorObject } from "ajv";
import type { LintedSchema, SchemaCheck, SchemaProblem } from "../../ports/published-schemas.ts";

/**
 * The check of a file in schemas/, the same that editors load: what they underline is what is refused.
 * `name` is the file's name without `.schema.json`. `packageRoot` is given, because this file's own
 * place is another one once it is bundled.
 */
export async function openPublishedSchema(name: LintedSchema, packageRoot: URL): Promise<SchemaCheck> {
  const file = new URL(`schemas/${name}.schema.json`, packageRoot);
  const schema: unknown = JSON.parse(await readFile(file, "utf8"));
  if (typeof schema !== "object" || schema === null) throw new Error(`${name} is no schema`);
  // The schema's own text is needed for messages: examples, and the names of fields.
  const validate = new Ajv({ strict: true, allErrors: true, verbose: true }).compile(schema);
  return (value) => (validate(value) ? [] : problemsOf(validate.errors ?? []));
}

/** To judge and place each of thousands takes seconds, and nobody reads them. */
const MOST_ERRORS = 100;

function problemsOf(all: readonly ErrorObject[]): readonly SchemaProblem[] {
  const errors = all.slice(0, MOST_ERRORS);
  const problems = errors.filter((error) => saysMore(error, errors)).map(problemOf);
  if (all.length === errors.length) return problems;
  const message = `too much does not fit the schema to name it all: ${all.length - errors.length} more`;
  return [...problems, { path: [], isKey: false, message, help: undefined }];
}

/** Whether an error says more than the others: ajv reports each branch, and what contains it. */
function saysMore(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (error.keyword === "if" || error.keyword === "propertyNames") return false;
  const choices = all.filter(({ keyword }) => keyword === "anyOf");
  if (error.keyword !== "anyOf") {
    return !choices.some((choice) => choice.instancePath === error.instancePath && isInside(error, choice));
  }
  return !all.some((other) => other.instancePath.startsWith(`${error.instancePath}/`) && other !== error);
}

function isInside(error: ErrorObject, choice: ErrorObject): boolean {
  // A `$ref` starts the path anew, so only the choice's own branches can be told by their path.
  return error.schemaPath.startsWith(`${choice.schemaPath}/`);
}

function problemOf(error: ErrorObject): SchemaProblem {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (error.keyword === "additionalProperties") {
    const name = String(error.params["additionalProperty"]);
    return {
      path: [...path, name],
      isKey: true,
      message: `unknown field ${quoted(name)}`,
      help: fieldsOf(error),
    };
  }
  if (error.propertyName !== undefined) {
    const message = `${quoted(error.propertyName)} ${wrong(error)}`;
    return { path: [...path, error.propertyName], isKey: true, message, help: undefined };
  }
  if (error.keyword === "required") {
    const name = String(error.params["missingProperty"]);
    return { path, isKey: false, message: `the field ${quoted(name)} is missing`, help: undefined };
  }
  return { path, isKey: false, message: `${quoted(error.data)} ${wrong(error)}`, help: exampleOf(error) };
}

/** `is none of read, safe`: the end of a sentence about a value. */
function wrong({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case "enum":
      return `is none of: ${list(params["allowedValues"]).join(", ")}`;
    case "const":
      return `stands where only ${quoted(params["allowedValue"])} may stand`;
    case "type":
      return `is no ${[params["type"]].flat().join(" or ")}`;
    case "pattern":
      return "does not have the right form";
    case "anyOf":
      return "is of no kind that may stand here";
    default:
      return (message ?? "does not fit").replace("NOT", "not");
  }
}

function fieldsOf({ parentSchema }: ErrorObject): string | undefined {
  const properties: unknown = parentSchema?.["properties"];
  const names = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return names.length === 0 ? "no field may stand here" : `the fields here are: ${names.join(", ")}`;
}

function exampleOf({ parentSchema }: ErrorObject): string | undefined {
  const [example] = list(parentSchema?.["examples"]);
  return example === undefined ? undefined : `such as ${quoted(example)}`;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const LONGEST_QUOTE = 60;

/** A value from the file, short enough for a message. */
function quoted(value: unknown): string {
  // JSON has neither infinity nor NaN.
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}...`;
}
