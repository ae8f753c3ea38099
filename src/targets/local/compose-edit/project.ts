import { readComposeFile, type ComposeFile } from "./compose-file.ts";
import {
  assignmentOf,
  readEnvFile,
  type Assignment,
  type EnvFile,
} from "../../../core/masking/env-source.ts";
import type { Lookup } from "../../../core/masking/interpolate.ts";
import { positionAt } from "./text-position.ts";
import type { ComposeSource, Refusal } from "./types.ts";

/** The parsed sources of one Compose project and the variables they are interpolated with. */
export interface Project {
  readonly composeFiles: readonly ComposeFile[];
  /** All dotenv files; only `interpolating` ones give values to `${...}`. */
  readonly envFiles: readonly EnvFile[];
  readonly interpolating: readonly EnvFile[];
  readonly environment: ReadonlyMap<string, string>;
  readonly lookup: Lookup;
}

export type VariableHome =
  | { readonly kind: "process" }
  | {
      readonly kind: "env";
      readonly file: EnvFile;
      readonly assignment: Assignment;
      readonly definitions: number;
    };

export function openProject(
  sources: readonly ComposeSource[],
  environment: ReadonlyMap<string, string>,
): { readonly project: Project } | { readonly refusals: readonly Refusal[] } {
  const refusals: Refusal[] = [];
  const composeFiles: ComposeFile[] = [];
  const envFiles: EnvFile[] = [];
  const interpolating: EnvFile[] = [];
  const lookup: Lookup = (name) => environment.get(name) ?? envValue(interpolating, name);
  for (const source of sources) {
    if (source.role === "compose") {
      const file = readComposeFile(source);
      if ("document" in file) composeFiles.push(file);
      else refusals.push(file);
      continue;
    }
    const file = readEnvFile(source.path, source.text, lookup);
    if (file.unclosed !== undefined) {
      const { line } = positionAt(file.text, file.unclosed.at);
      refusals.push({
        path: file.path,
        line,
        reason: `the quote opened in ${file.path} line ${line} is never closed: close it first`,
      });
    }
    envFiles.push(file);
    if (source.role === "env") interpolating.push(file);
  }
  if (refusals.length > 0) return { refusals };
  return { project: { composeFiles, envFiles, interpolating, environment, lookup } };
}

/** Where a variable gets its value from, by Compose's precedence; undefined when it has none. */
export function homeOf(project: Project, name: string): VariableHome | undefined {
  if (project.environment.has(name)) return { kind: "process" };
  const file = project.interpolating.findLast((candidate) => assignmentOf(candidate, name) !== undefined);
  const assignment = file && assignmentOf(file, name);
  if (file === undefined || assignment === undefined) return undefined;
  const definitions = project.interpolating
    .flatMap((candidate) => candidate.assignments)
    .filter((candidate) => candidate.name === name).length;
  return { kind: "env", file, assignment, definitions };
}

function envValue(files: readonly EnvFile[], name: string): string | undefined {
  return files.map((file) => assignmentOf(file, name)).findLast((found) => found !== undefined)?.value;
}
