import { readEnvFile } from "../../../../core/masking/env-source.ts";
import { FactsDraft, type Facts } from "../../../../core/fact.ts";
import { differingEdits } from "../../facts/edit-differs.ts";
import {
  composeEditDiffers,
  composeSource,
  composeSources,
  envFile,
  shellVariables,
} from "../../facts/local-facts.ts";
import { isHarmless } from "../../../../core/masking/harmless-values.ts";
import { isUsualName, isVariableName } from "../../../../core/masking/mask-env.ts";
import { maskSource } from "../../masking/mask-source.ts";
import { isSecretName, MASK, type Redact } from "../../../../core/masking/redact.ts";
import { errorText } from "../../../../core/errors.ts";
import type { FileKind, FileReader } from "../../../../ports/files.ts";

// Compose takes the first base file that exists and the first override beside it
// (compose-go cli/options.go, DefaultFileNames and DefaultOverrideFileNames).
const baseNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

export interface SourceFile {
  readonly path: string;
  readonly role: "compose" | "env";
  /** The real text, with secrets; or why it cannot be read. */
  readonly text: string | undefined;
  readonly problem: string | undefined;
}

export interface Sources {
  readonly files: readonly SourceFile[];
  readonly envStatus: "present" | "absent" | "directory" | "unreadable";
  /** Key and value of each `.env` line; values are secrets until proven otherwise. */
  readonly env: ReadonlyMap<string, string>;
}

/** Reads the files that make up the Compose model. Never throws: what cannot be read says why. */
export async function readSources(
  files: FileReader,
  environment: ReadonlyMap<string, string>,
  pathListSeparator: ":" | ";" = ":",
): Promise<Sources> {
  const envKind = await kindOf(files, ".env");
  const envSource =
    envKind === "file" || envKind === "symlink" ? await readSource(files, ".env", "env") : undefined;
  const env = parseEnv(envSource?.text ?? "");
  const named = environment.get("COMPOSE_FILE") ?? env.get("COMPOSE_FILE");
  const ownSeparator = environment.get("COMPOSE_PATH_SEPARATOR") ?? env.get("COMPOSE_PATH_SEPARATOR");
  // An empty one counts as none (compose-go cli/options.go, WithConfigFileEnv).
  const separator = ownSeparator === undefined || ownSeparator === "" ? pathListSeparator : ownSeparator;
  const paths =
    named === undefined || named === ""
      ? [...(await firstExisting(files, baseNames)), ...(await firstExisting(files, overrideNames))]
      : named.split(separator);
  const composeFiles = await Promise.all(paths.map((path) => readSource(files, path, "compose")));
  return {
    files: envSource === undefined ? composeFiles : [...composeFiles, envSource],
    envStatus:
      envKind === "absent"
        ? "absent"
        : envKind === "directory"
          ? "directory"
          : envSource?.text === undefined
            ? "unreadable"
            : "present",
    env,
  };
}

async function firstExisting(files: FileReader, names: readonly string[]): Promise<readonly string[]> {
  const kinds = await Promise.all(names.map((name) => kindOf(files, name)));
  return names.filter((_name, index) => kinds[index] !== "absent").slice(0, 1);
}

/** Something that may not even be looked at is there, and cannot be read. */
async function kindOf(files: FileReader, path: string): Promise<FileKind> {
  try {
    return await files.kindOf(path);
  } catch {
    return "file";
  }
}

export async function readSource(
  files: FileReader,
  path: string,
  role: "compose" | "env",
): Promise<SourceFile> {
  try {
    return { path, role, text: await files.readText(path), problem: undefined };
  } catch (thrown) {
    return { path, role, text: undefined, problem: errorText(thrown) };
  }
}

/** Names and values of `.env` as Compose reads it; beyond a quote that is never closed, line by line. */
export function parseEnv(text: string): ReadonlyMap<string, string> {
  const { assignments, unclosed } = readEnvFile(".env", text, () => undefined);
  const beyond = unclosed === undefined ? [] : envLines(text.slice(unclosed.at));
  return new Map([...beyond, ...assignments.map(({ name, value }) => [name, value] as const)]);
}

/**
 * Names and values of `.env` when each line is read for itself: what a value was meant to be where a quote
 * is forgotten, with that quote and without it.
 */
export function envLines(text: string): readonly (readonly [name: string, value: string])[] {
  return text.split("\n").flatMap((line) => {
    const { assignments, unclosed } = readEnvFile(".env", line.trim(), () => undefined);
    const pairs = assignments.map(({ name, value }) => [name, value] as const);
    if (unclosed === undefined) return pairs;
    const value = line.trim().slice(unclosed.at);
    return [...pairs, [unclosed.name, value] as const, [unclosed.name, value.slice(1)] as const];
  });
}

/** The sources as facts: every line in place, every secret value masked. */
export function sourceFacts(
  sources: Sources,
  environment: ReadonlyMap<string, string>,
  redact: Redact,
): Facts {
  const draft = new FactsDraft()
    .set(
      composeSources(),
      sources.files.map(({ path, role }) => ({ path, role })),
    )
    .set(envFile(), sources.envStatus)
    .set(shellVariables(), interpolatedVariables(sources, environment, redact));
  for (const { path, role, text, problem } of sources.files) {
    if (text === undefined) draft.unavailable(composeSource(path), problem ?? "unreadable");
    else draft.set(composeSource(path), { text: maskSource(text, role, redact) });
  }
  return draft.facts();
}

/** Where the port of a service cannot be moved as the facts show its files. */
export function editFacts(facts: Facts, sources: Sources): Facts {
  const real = new Map(
    sources.files.flatMap(({ path, text }) => (text === undefined ? [] : [[path, text] as const])),
  );
  const differing = differingEdits(facts, real);
  return differing.length === 0
    ? new Map()
    : new FactsDraft().set(composeEditDiffers(), [...differing]).facts();
}

/** Variables that the Compose files take a secret from: `ENCRYPTION_SECRET: ${DL_ES}` makes DL_ES one. */
export function variablesOfSecrets(sources: Sources): readonly string[] {
  const uses = /(?<!\w)([A-Za-z_]\w*)["']?\s{0,3}[:=]\s{0,3}["']?\$\{?([A-Za-z_]\w*)/g;
  return sources.files.flatMap(({ role, text }) =>
    role === "compose"
      ? [...(text ?? "").matchAll(uses)].flatMap(([, name = "", variable = ""]) =>
          isSecretName(name) ? [variable] : [],
        )
      : [],
  );
}

function interpolatedVariables(
  sources: Sources,
  environment: ReadonlyMap<string, string>,
  redact: Redact,
): Record<string, string> {
  return Object.fromEntries(
    [...new Set(namesIn(sources, "compose"))].sort().flatMap((name) => {
      // Our own are kept from Compose.
      const value = /^GH_DEVLAKE_/i.test(name) ? undefined : environment.get(name);
      // What it is used for may be a secret, whatever it is called.
      return value === undefined ? [] : [[name, isHarmless(name, value) ? redact(value) : MASK]];
    }),
  );
}

/** Variables that any of the files interpolates, or does in that form. */
export function interpolatedNames(sources: Sources, form: "$" | "${" = "$"): readonly string[] {
  const names = [...namesIn(sources, "compose"), ...namesIn(sources, "env")];
  const isSo = (name: string): boolean => sources.files.some(({ text }) => text?.includes(form + name));
  return [...new Set(names)].filter((name) => form === "$" || isSo(name));
}

function namesIn(sources: Sources, role: SourceFile["role"]): readonly string[] {
  const texts = sources.files.flatMap((file) => (file.role === role ? [file.text ?? ""] : []));
  return texts.flatMap((text) => [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ""));
}

/** What images are made from where variables are in it, such as `x/${NAME}:${TAG:-v1}`. */
export function imageTexts(sources: Sources): readonly string[] {
  const texts = sources.files.flatMap(({ role, text }) => (role === "compose" ? [text ?? ""] : []));
  return texts.flatMap((text) =>
    [
      ...text.matchAll(/\bimage:\s*(?:&\S+\s+)?["']?([^\s"'#,}]*\$(?:\{[^}\n]*\}|[^\s"'#,}])*[^\s"'#,}]*)/g),
    ].map(([, image = ""]) => image),
  );
}

/** Images that are written without variables, and those that Compose makes up for services that are only built. */
export function writtenImages(sources: Sources): readonly string[] {
  return sources.files.flatMap(({ role, text = "" }) =>
    role === "compose"
      ? [...text.matchAll(/\bimage["']?:\s*(?:&\S+\s+)?["']?([^\s"'#,}$]+)/g)].map(([, image = ""]) => image)
      : [],
  );
}

/**
 * Whether a name is one that somebody wrote as a variable's. In `pa$NAME` and `PASSWORD=$NAME` it may be the rest of a
 * password whose dollar sign was not doubled; one that stands in none of these files is not known to be.
 */
export function isWrittenAsVariable(sources: Sources, name: string): boolean {
  const pattern = new RegExp(
    `(?:([A-Za-z_][\\w.-]*)["']?\\s{0,3}[:=]\\s{0,3}["']?|(.?))\\$(\\{)?${RegExp.escape(name)}(?!\\w)`,
    "g",
  );
  const uses = sources.files.flatMap(({ text = "" }) => [...text.matchAll(pattern)]);
  return (
    uses.length === 0 ||
    uses.some(([, setting, before = "", brace]) => {
      if (brace !== undefined || isUsualName(name))
        return brace !== undefined || /^[\s"'=:/@-]?$/.test(before);
      return (
        isVariableName(name) &&
        (setting === undefined || !isSecretName(setting)) &&
        /^[\s"'=:/@-]?$/.test(before)
      );
    })
  );
}
