import type { SavedSecretsWriter } from "../../../ports/saved-secrets.ts";
import { type AnyTool, defineTool, type ToolDefinition, type WritePorts } from "../../define-tool.ts";
import type { ComposeWriter } from "../ports/compose.ts";
import type { DockerReader, DockerWriter } from "../ports/docker.ts";

/** Through which a step can change a Compose project. */
export interface LocalWritePorts extends WritePorts {
  readonly docker: DockerReader & DockerWriter;
  readonly compose: ComposeWriter;
  readonly savedSecrets: SavedSecretsWriter;
}

/** A tool of the catalog for Compose projects. */
export function defineLocalTool<const Name extends string, Args extends Record<string, unknown>>(
  tool: ToolDefinition<Name, Args, LocalWritePorts>,
): AnyTool & { readonly name: Name } {
  return defineTool(tool, localPorts);
}

function localPorts(write: WritePorts): LocalWritePorts {
  if (!isLocal(write)) throw new TypeError("these are no ports to a Compose project");
  return write;
}

function isLocal(write: WritePorts): write is LocalWritePorts {
  return "docker" in write && "compose" in write && "savedSecrets" in write;
}

/** Of the argument `containers`. */
export const FURTHER_CONTAINERS = "names of further containers of this project";
