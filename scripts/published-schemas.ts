import { z } from "zod";
import { catalog } from "../src/targets/local/tools/index.ts";
import { EventLineSchema } from "../src/core/records/events.ts";
import { FactsBundleSchema } from "../src/core/facts-bundle.ts";
import { JournalRecordSchema } from "../src/core/records/journal-record.ts";
import { HealthCheckSchema, PlanSchema } from "../src/core/plan.ts";
import { PolicyFileSchema } from "../src/core/policy/policy.ts";
import { ResultSchema } from "../src/core/records/result.ts";
import { UndoAccountSchema } from "../src/core/records/undo-account.ts";
import { factKindPattern, factSchemas } from "./fact-schemas.ts";
import type { SchemaNode } from "./schema-node.ts";
import { FindingClassSchema } from "../src/core/finding.ts";
import { families } from "../src/targets/index.ts";
import { LocalTargetSchema } from "../src/targets/local/facts/local-target.ts";
import { LocalFootprintSchema } from "../src/targets/local/footprint.ts";
import { describeStep } from "./step-schema.ts";

/** The name need not resolve; the major version in it is that of the file's `apiVersion`. */
const SCHEMA_BASE = "https://gh-devlake.dev/schemas/";

/**
 * The JSON Schemas of our files by file name. Draft 7, because that is what editors' YAML and JSON
 * language servers support in full, and ajv without a second import.
 */
export function publishedSchemas(): ReadonlyMap<string, SchemaNode> {
  return new Map([
    named("repair-plan.v1", withSteps(jsonSchemaOf(PlanSchema))),
    named("facts-bundle.v1", withFactKinds(jsonSchemaOf(FactsBundleSchema))),
    named("repair-policy.v1", withToolNames(jsonSchemaOf(PolicyFileSchema))),
    named("repair-result.v1", jsonSchemaOf(ResultSchema)),
    named("repair-undo.v1", jsonSchemaOf(UndoAccountSchema)),
    named("repair-events.v1", jsonSchemaOf(EventLineSchema)),
    named("journal-record.v1", {
      title: "Journal record",
      description:
        "What stands at the end of each line of a run's journal. A line is `<sha256 in hex> <HMAC-SHA256 in hex> <record>`; the hash covers the line before it and the record, so a changed, added or dropped line shows; the HMAC is of that hash, the deployment and the plan, with a key of the user who ran it. Older journals have none.",
      ...withFootprint(jsonSchemaOf(JournalRecordSchema)),
    }),
  ]);
}

/** A field that has no title of its own would be shown in editors under that of the object it is in. */
function titled(node: SchemaNode): SchemaNode {
  const children = Object.entries(node.properties ?? {}).map(([key, child]): [string, SchemaNode] => [
    key,
    "$ref" in child || "allOf" in child ? child : titled({ title: key, ...child }),
  ]);
  const definitions = Object.entries(node.definitions ?? {}).map(([key, child]) => [key, titled(child)]);
  return {
    ...node,
    ...(node.properties && { properties: Object.fromEntries(children) }),
    ...(node.items && { items: titled(node.items) }),
    ...(node.definitions && { definitions: Object.fromEntries(definitions) }),
  };
}

function named(name: string, { $schema, title, description, ...rest }: SchemaNode): [string, SchemaNode] {
  const file = `${name}.schema.json`;
  const head = { $schema, $id: `${SCHEMA_BASE}${file}`, title, description };
  return [file, JSON.parse(JSON.stringify({ ...head, ...titled(rest) }))];
}

function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  const made = z.toJSONSchema(schema, { target: "draft-07", io: "input", override: adjust });
  // Zod numbers what refers to itself; the only such type is that of any JSON value.
  const text = JSON.stringify(made).replaceAll(/__schema\d+/g, "Json");
  return withTargets(JSON.parse(text));
}

/** The corridor takes any target; the families say what stands in it. */
function withTargets({ definitions, ...rest }: SchemaNode): SchemaNode {
  if (definitions?.["Target"] === undefined) return { ...rest, ...(definitions && { definitions }) };
  const of = { target: "draft-07", io: "input", override: adjust } as const;
  const { $schema: _unused, ...target } = z.toJSONSchema(LocalTargetSchema, of) as SchemaNode;
  return { ...rest, definitions: { ...definitions, Target: target } };
}

interface Made {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** What `new URL` asks of a text that has no spaces. */
const ABSOLUTE_URL = "^[A-Za-z][A-Za-z0-9+.-]*:";

/** The corridor takes any id; the families say which there are. */
const closedLists = new Map<z.core.$ZodType, string[]>([
  [FindingClassSchema, families.flatMap(({ findingClasses }) => [...findingClasses])],
  [HealthCheckSchema, families.flatMap(({ health }) => [...health.known])],
]);

/**
 * Leaves out what says nothing more (a format beside its exact pattern, that keys are strings) and
 * adds what Zod can check but not tell: that a map may not be empty. Formats that are no patterns
 * become some, because validators need not know formats.
 */
function adjust({ zodSchema, jsonSchema }: Made): void {
  const closed = closedLists.get(zodSchema);
  if (closed !== undefined) {
    delete jsonSchema.pattern;
    jsonSchema.enum = closed;
  }
  if (jsonSchema.format === "uri") jsonSchema.pattern = ABSOLUTE_URL;
  if (jsonSchema.pattern !== undefined) delete jsonSchema.format;
  if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames;
  if (zodSchema._zod.def.type === "record" && !z.safeParse(zodSchema, {}).success) {
    jsonSchema.minProperties = 1;
  }
}

function withSteps(plan: SchemaNode): SchemaNode {
  const { Step, ...others } = plan.definitions ?? {};
  if (Step === undefined) throw new Error("the plan schema has no definition of Step");
  return { ...plan, definitions: { ...others, Step: describeStep(Step, jsonSchemaOf) } };
}

/** The corridor knows a footprint as some JSON; the families say what stands in it. */
function withFootprint(node: SchemaNode): SchemaNode {
  const isFootprint = node.description === FOOTPRINT;
  if (isFootprint) {
    const { $schema: _unused, ...local } = jsonSchemaOf(LocalFootprintSchema);
    return { ...local, description: FOOTPRINT };
  }
  const inside = Object.entries(node).map(([key, child]) => [
    key,
    Array.isArray(child)
      ? child.map((one: unknown) => (isNode(one) ? withFootprint(one) : one))
      : isNode(child)
        ? withFootprint(child)
        : child,
  ]);
  return Object.fromEntries(inside);
}

const FOOTPRINT = "the things that steps can change";

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withToolNames(policy: SchemaNode): SchemaNode {
  const { tools } = policy.properties ?? {};
  if (tools?.properties === undefined) throw new Error("the policy schema has no tools");
  const lists = Object.entries(tools.properties).map(([key, list]): [string, SchemaNode] => [
    key,
    { ...list, items: { ...list.items, enum: Object.keys(catalog) } },
  ]);
  const properties = { ...policy.properties, tools: { ...tools, properties: Object.fromEntries(lists) } };
  return { ...policy, properties };
}

const exampleFacts = {
  "local.engine.status": { value: "reachable" },
  "local.port.8080.holder": { value: { kind: "process", name: "java" } },
  "local.project.volumes": { unavailable: "the Docker Engine did not answer within 10 s" },
};

function withFactKinds(bundle: SchemaNode): SchemaNode {
  const { facts, ...others } = bundle.properties ?? {};
  if (facts === undefined) throw new Error("the facts bundle schema has no facts");
  const patternProperties = Object.fromEntries(
    factSchemas(jsonSchemaOf).map(({ kind, entry }) => [factKindPattern(kind), entry]),
  );
  const properties = {
    ...others,
    facts: { ...facts, examples: [exampleFacts], patternProperties, additionalProperties: false },
  };
  // Each kind now says which values it takes, so the type of any value is not needed.
  const { Json: _unused, ...definitions } = bundle.definitions ?? {};
  return { ...bundle, properties, definitions };
}
