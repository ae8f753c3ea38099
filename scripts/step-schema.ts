import type { z } from "zod";
import type { AnyTool } from "../src/targets/define-tool.ts";
import { catalog, type ToolName } from "../src/targets/local/tools/index.ts";
import { localFactKinds } from "../src/targets/local/facts/local-facts.ts";
import { factKindPattern } from "./fact-schemas.ts";
import type { SchemaNode } from "./schema-node.ts";

/** Arguments as they look in a plan, for hover texts. */
export const argsExamples: Readonly<Record<ToolName, Readonly<Record<string, unknown>>>> = {
  inspect_local_port_conflicts: {},
  rewrite_local_ports_to_alt_bundle: { bundle: { devlake: 8085, grafana: 3004, "config-ui": 4004 } },
  cleanup_partial_local_artifacts: { services: ["devlake", "config-ui"], containers: [] },
  reconnect_networks: { services: ["devlake"] },
  retry_local_compose_up: { services: ["devlake", "config-ui"] },
  recreate_services: { services: ["devlake", "grafana", "config-ui"] },
  start_stopped_services: { services: ["config-ui"] },
  wait_until_healthy: {},
  update_state_file: {},
  save_container_secrets: { services: ["devlake", "config-ui"] },
  pull_images: { services: ["mysql"] },
  pull_fixed_images: { services: ["config-ui"] },
};

/**
 * The schema of a step with what the catalog knows: the tools' names, and for each of them its
 * version, effect and arguments. `if`/`then` instead of `oneOf`, so that a mistake in one argument is
 * reported as that, and not as a step that fits none of the tools.
 */
export function describeStep(step: SchemaNode, jsonSchemaOf: (schema: z.ZodType) => SchemaNode): SchemaNode {
  const { args, expects } = step.properties ?? {};
  if (args === undefined || expects === undefined) {
    throw new Error("the plan schema's step has no args or expects");
  }
  const { additionalProperties: _byTool, ...anyArgs } = args;
  const properties = {
    ...step.properties,
    // Without a text of its own: editors show the first that they find, and that of the tool says more.
    tool: { type: "string", enum: Object.keys(catalog) },
    args: anyArgs,
    expects: { ...expects, patternProperties: factDescriptions() },
  };
  const names = Object.keys(catalog) as ToolName[];
  const allOf = names.map((name) => {
    const { $schema: _unused, ...ofTool } = jsonSchemaOf(catalog[name].args);
    return conditionOf(catalog[name], { ...ofTool, examples: [argsExamples[name]] });
  });
  return { ...step, properties, allOf };
}

function conditionOf(tool: AnyTool, args: SchemaNode): SchemaNode {
  const properties = {
    tool: { description: `${tool.summary} (${tool.effect})` },
    version: { const: tool.version },
    effect: { const: tool.effect },
    reversible: { const: tool.reversible },
    args: { title: `arguments of ${tool.name}`, ...args },
  };
  // A map, because an object literal with a `then` looks like something to await.
  const condition = new Map<string, SchemaNode>();
  condition.set("if", { properties: { tool: { const: tool.name } }, required: ["tool"] });
  condition.set("then", { properties });
  return Object.fromEntries(condition);
}

/** Hover texts for the facts that a step expects; their values may be digests, so they stay open. */
function factDescriptions(): Record<string, SchemaNode> {
  return Object.fromEntries(
    localFactKinds.map((kind) => [
      factKindPattern(kind),
      { title: kind.pattern, description: kind.description },
    ]),
  );
}
