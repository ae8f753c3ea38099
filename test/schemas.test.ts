import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import * as fc from "./seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { argsExamples } from "../scripts/step-schema.ts";
import { publishedSchemas } from "../scripts/published-schemas.ts";
import { catalog } from "../src/targets/local/tools/index.ts";
import { LocalFootprintSchema } from "../src/targets/local/footprint.ts";
import { TargetSchema } from "../src/core/target.ts";
import { toolNamed } from "../src/targets/family.ts";
import { EventLineSchema } from "../src/core/records/events.ts";
import { FACTS_API_VERSION, FactsBundleSchema, factsOfBundle } from "../src/core/facts-bundle.ts";
import { JournalRecordSchema } from "../src/core/records/journal-record.ts";
import { PLAN_API_VERSION, PlanSchema } from "../src/core/plan.ts";
import { POLICY_API_VERSION, PolicyFileSchema } from "../src/core/policy/policy.ts";
import { ResultSchema } from "../src/core/records/result.ts";
import { UndoAccountSchema } from "../src/core/records/undo-account.ts";
import { factsExamples, planExamples, policyExamples, resultExamples } from "./committed-examples.ts";
import { sampleEntries } from "./core/journal-entries.ts";
import { mutated } from "./mutate-json.ts";
import { sampleRun, sampleUndo } from "./ui/sample-run.ts";
import { restoredAccount } from "./ui/sample-undo.ts";
import { localFamily } from "../src/targets/local/family.ts";

const directory = join(import.meta.dirname, "..", "schemas");

function committed(name: string): string {
  return readFileSync(join(directory, `${name}.schema.json`), "utf8");
}

function compiled(name: string): ValidateFunction {
  return new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(committed(name)));
}

const { findingClasses, health, identity } = localFamily;

/** What the kinds of targets close is no matter of the first look at a file, which has targets in several places. */
function hasTargets(document: unknown): boolean {
  if (typeof document !== "object" || document === null) return true;
  return Object.entries(document).every(
    ([key, member]) => (key !== "target" || isTarget(member)) && hasTargets(member),
  );
}

function isTarget(value: unknown): boolean {
  const target = TargetSchema.safeParse(value).data;
  return target !== undefined && target.kind === localFamily.kind && identity.misfit(target) === undefined;
}

/** What the program itself says of the shape of a document; the target is not asked. */
const program: Readonly<Record<string, (document: unknown) => boolean>> = {
  "repair-plan.v1": (document) => {
    const plan = PlanSchema.safeParse(document);
    return (
      plan.success &&
      plan.data.steps.every(isOfCatalog) &&
      plan.data.findings.every(({ class: name }) => findingClasses.includes(name)) &&
      plan.data.verify.every((check) => health.known.includes(check)) &&
      isTarget(plan.data.metadata.target)
    );
  },
  "facts-bundle.v1": (document) => {
    const bundle = FactsBundleSchema.safeParse(document);
    return (
      bundle.success &&
      isTarget(bundle.data.target) &&
      factsOfBundle(bundle.data, localFamily.factKinds).problems.length === 0
    );
  },
  "repair-policy.v1": (document) => {
    const policy = PolicyFileSchema.safeParse(document);
    const named = [...(policy.data?.tools?.allow ?? []), ...(policy.data?.tools?.deny ?? [])];
    return policy.success && named.every((name) => toolNamed(localFamily, name) !== undefined);
  },
  "repair-result.v1": (document) => ResultSchema.safeParse(document).success && hasTargets(document),
  "repair-undo.v1": (document) => UndoAccountSchema.safeParse(document).success && hasTargets(document),
  "repair-events.v1": (document) => {
    const { data } = EventLineSchema.safeParse(document);
    return data !== undefined && (data.type !== "finding" || findingClasses.includes(data.finding.class));
  },
  "journal-record.v1": (document) => {
    const { success, data } = JournalRecordSchema.safeParse(document);
    const before = data?.entry.kind === "run_started" ? data.entry.before : undefined;
    return (
      success &&
      hasTargets(document) &&
      (before === undefined || LocalFootprintSchema.safeParse(before.footprint).success)
    );
  },
};

function isOfCatalog(step: (typeof PlanSchema)["_output"]["steps"][number]): boolean {
  const tool = toolNamed(localFamily, step.tool);
  return (
    tool !== undefined &&
    tool.version === step.version &&
    tool.effect === step.effect &&
    tool.reversible === step.reversible &&
    tool.args.safeParse(step.args).success
  );
}

const documents: Readonly<Record<string, readonly unknown[]>> = {
  "repair-plan.v1": planExamples().map(({ plan }) => plan),
  "facts-bundle.v1": factsExamples().map(({ bundle }) => bundle),
  "repair-policy.v1": [
    ...policyExamples().map(({ policy }) => policy),
    { apiVersion: POLICY_API_VERSION, kind: "RepairPolicy" },
  ],
  "repair-result.v1": resultExamples().map(({ predicate }) => predicate),
  "repair-undo.v1": [restoredAccount],
  "repair-events.v1": [...sampleRun, ...sampleUndo].map((event) => ({
    ...event,
    at: "2026-11-22T10:15:00.000Z",
  })),
  "journal-record.v1": sampleEntries.map((entry, index) => ({
    seq: index + 1,
    at: "2026-11-22T10:15:00.000Z",
    entry,
  })),
};

test("the committed schemas are those that `npm run schemas` would write", () => {
  const generated = publishedSchemas();

  expect(readdirSync(directory).toSorted()).toEqual([...generated.keys()].toSorted());
  for (const [file, schema] of generated) {
    expect(readFileSync(join(directory, file), "utf8"), file).toBe(
      `${JSON.stringify(schema, undefined, 2)}\n`,
    );
  }
});

describe.each(Object.keys(program))("%s.schema.json", (name) => {
  const validate = compiled(name);
  const accepts = program[name] ?? (() => false);
  const examples = documents[name] ?? [];

  test("accepts what the program accepts", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(accepts(example)).toBe(true);
      expect(validate(example) ? [] : validate.errors).toEqual([]);
    }
  });

  test("says the same as the program of any document with one thing wrong", () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...examples).chain(mutated), (document) => {
        const accepted = accepts(document);
        seen[accepted ? "accepted" : "refused"] += 1;
        expect({ accepted: validate(document), errors: validate.errors }).toMatchObject({ accepted });
      }),
      { numRuns: 600 },
    );
    // Both answers have to have been asked for, or the comparison says nothing.
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(50);
  });
});

describe.each(Object.keys(program))("in an editor, %s.schema.json", (name) => {
  const schema = JSON.parse(committed(name)) as Node;

  test("has a title, a description, and a name with the major version", () => {
    expect(schema).toMatchObject({
      title: expect.stringMatching(/^[A-Z]/),
      description: expect.stringMatching(/.{40}/),
      $id: expect.stringMatching(new RegExp(`/${name}\\.schema\\.json$`)),
    });
  });

  test("says of every field what it is", () => {
    expect(undescribed(schema, "")).toEqual([]);
  });

  test("shows by examples what may stand there, and they fit", () => {
    const found = examplesIn(schema);
    expect(found.length).toBeGreaterThan(0);
    const definitions = (schema as { definitions?: object }).definitions ?? {};
    for (const { node, example } of found) {
      const validate = new Ajv({ strict: false, allErrors: true }).compile({ ...node, definitions });
      expect(validate(example) ? [] : validate.errors, JSON.stringify(example)).toEqual([]);
    }
  });
});

type Node = Readonly<Record<string, unknown>>;

function childrenOf(node: unknown): readonly (readonly [string, unknown])[] {
  return typeof node === "object" && node !== null ? Object.entries(node) : [];
}

/** Fields without a description; one that only refers elsewhere or can have only one value needs none. */
function undescribed(node: unknown, path: string): readonly string[] {
  const { properties } = (node ?? {}) as { properties?: Record<string, Node> };
  const own = Object.entries(properties ?? {}).flatMap(([key, field]) =>
    ["description", "$ref", "allOf", "const", "oneOf"].some((said) => said in field) || path.includes("/Step")
      ? []
      : [`${path}.${key}`],
  );
  const within = childrenOf(node)
    .filter(([key]) => key !== "examples")
    .flatMap(([key, child]) => undescribed(child, `${path}/${key}`));
  return [...own, ...within];
}

function examplesIn(node: unknown): readonly { readonly node: Node; readonly example: unknown }[] {
  const { examples } = (node ?? {}) as { examples?: unknown };
  const own = Array.isArray(examples) ? examples.map((example) => ({ node: node as Node, example })) : [];
  const within = childrenOf(node).filter(([key]) => key !== "examples");
  return [...own, ...within.flatMap(([, child]) => examplesIn(child))];
}

describe("repair-plan.v1.schema.json", () => {
  const validate = compiled("repair-plan.v1");
  const [example] = planExamples();
  if (example === undefined) throw new Error("plans/ holds no plan");
  const { plan } = example;
  const [step] = plan.steps;
  if (step === undefined) throw new Error(`${example.file} has no step`);

  function errorsOf(change: Readonly<Record<string, unknown>>): readonly string[] {
    validate({ ...plan, ...change });
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
  }
  const withStep = (change: Readonly<Record<string, unknown>>) => ({ steps: [{ ...step, ...change }] });

  test.each([
    ["another major version", { apiVersion: "devlake-repair/v2" }, "/apiVersion must be equal to constant"],
    ["another kind", { kind: "Plan" }, "/kind must be equal to constant"],
    ["an unknown field", { note: "hello" }, " must NOT have additional properties"],
    ["an unknown outcome", { outcome: "fix" }, "/outcome must be equal to one of the allowed values"],
    [
      "more steps than allowed",
      { steps: Array.from({ length: 13 }, () => step) },
      "/steps must NOT have more than 12 items",
    ],
    [
      "an unknown tool",
      withStep({ tool: "run_shell" }),
      "/steps/0/tool must be equal to one of the allowed values",
    ],
    ["another version of the tool", withStep({ version: 3 }), "/steps/0/version must be equal to constant"],
    [
      "another effect than the catalog's",
      withStep({ effect: "read" }),
      "/steps/0/effect must be equal to constant",
    ],
    [
      "an argument that the tool does not have",
      withStep({ args: { ...step.args, force: true } }),
      "/steps/0/args must NOT have additional properties",
    ],
    [
      "a port that is none",
      withStep({ tool: "rewrite_local_ports_to_alt_bundle", args: { bundle: { devlake: 70_000 } } }),
      "/steps/0/args/bundle/devlake must be <= 65535",
    ],
    [
      "no service at all",
      withStep({ tool: "rewrite_local_ports_to_alt_bundle", args: { bundle: {} } }),
      "/steps/0/args/bundle must NOT have fewer than 1 properties",
    ],
  ])("refuses %s and says where", (_what, change, message) => {
    expect(errorsOf(change)).toContain(message);
  });

  test("offers every tool of the catalog, each with an example of its arguments that it takes", () => {
    const schema = JSON.parse(committed("repair-plan.v1"));

    expect(schema.definitions.Step.properties.tool.enum).toEqual(Object.keys(catalog));
    const texts = schema.definitions.Step.allOf.map(
      (condition: { then: { properties: { tool: { description: string } } } }) =>
        condition.then.properties.tool.description,
    );
    expect(texts).toEqual(Object.values(catalog).map(({ summary, effect }) => `${summary} (${effect})`));
    for (const tool of Object.values(catalog)) {
      expect(tool.args.safeParse(argsExamples[tool.name]).success, tool.name).toBe(true);
    }
  });
});

test("the names carry the major version of the files that they are for", () => {
  const ids = [...publishedSchemas().values()].map(({ $id }) => $id);

  expect(ids.every((id) => id?.endsWith(".v1.schema.json"))).toBe(true);
  const versions = [
    PLAN_API_VERSION,
    POLICY_API_VERSION,
    FACTS_API_VERSION,
    ResultSchema.shape.apiVersion.value,
  ];
  expect(versions).toEqual([
    "devlake-repair/v1",
    "devlake-repair.policy/v1",
    "devlake-repair.facts/v1",
    "devlake-repair.result/v1",
  ]);
});

test.each(["repair-plan.v1", "repair-result.v1"])("every field of %s has a text to show on hover", (name) => {
  const schema = JSON.parse(committed(name));
  const silent = [
    ...silentFields(schema, schema.definitions, name),
    ...Object.entries(schema.definitions).flatMap(([key, node]) =>
      silentFields(node, schema.definitions, key),
    ),
  ];

  // What stands at a tool's name is said for each tool apart.
  expect(silent.filter((field) => field !== "Step.tool")).toEqual([]);
});

/** Fields without a description, their own or that of the definition they refer to. */
function silentFields(
  node: unknown,
  definitions: Record<string, { description?: string }>,
  at: string,
): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, items } = node as {
    properties?: Record<string, Record<string, unknown>>;
    items?: unknown;
  };
  const here = Object.entries(properties).flatMap(([key, field]) => {
    const reference = /#\/definitions\/(\w+)/.exec(JSON.stringify(field))?.[1];
    const text = field["description"] ?? (reference && definitions[reference]?.description);
    return [
      ...(text === undefined ? [`${at}.${key}`] : []),
      ...silentFields(field, definitions, `${at}.${key}`),
    ];
  });
  return [...here, ...silentFields(items, definitions, `${at}[]`)];
}
