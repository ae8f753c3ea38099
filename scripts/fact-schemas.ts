import type { z } from "zod";
import type { FactKind } from "../src/core/fact.ts";
import { localFactKinds } from "../src/targets/local/facts/local-facts.ts";
import type { SchemaNode } from "./schema-node.ts";

/** A regular expression for the ids of a kind; a parameter stands for any text, as in core/fact-ids.ts. */
export function factKindPattern({ pattern }: FactKind<unknown>): string {
  return `^${pattern.replaceAll(".", String.raw`\.`).replaceAll(/\{[a-z]+\}/g, "(.+)")}$`;
}

/** For each kind of fact what may stand under its ids in a bundle. */
export function factSchemas(
  jsonSchemaOf: (schema: z.ZodType) => SchemaNode,
): readonly { readonly kind: FactKind<unknown>; readonly entry: SchemaNode }[] {
  return localFactKinds.map((kind) => {
    const { $schema: _unused, ...value } = jsonSchemaOf(kind.schema);
    const anyOf = [
      only("value", { description: kind.description, ...value }),
      only("unavailable", { type: "string", description: "why it could not be observed" }),
    ];
    return { kind, entry: { title: kind.pattern, description: kind.description, anyOf } };
  });
}

function only(member: string, schema: SchemaNode): SchemaNode {
  return {
    type: "object",
    properties: { [member]: schema },
    required: [member],
    additionalProperties: false,
  };
}
