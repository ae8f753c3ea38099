import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Environment } from "./run-command.ts";

/** Where Compose takes its files from when it is started in a directory. */
export type ComposeHome =
  | { readonly kind: "here"; readonly projectName: string | undefined }
  /** None here, but one further up, which Compose would silently use instead. */
  | { readonly kind: "parent"; readonly path: string };

// In Compose's order (compose-go `cli.DefaultFileNames`).
const defaultNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/**
 * Looks for what Compose does not tell: whether the files are those of `directory` itself, and the
 * project name set by COMPOSE_PROJECT_NAME, which docker-compose v1 leaves out of its output.
 */
export async function composeHome(directory: string, environment: Environment): Promise<ComposeHome> {
  const dotEnv = await readFile(join(directory, ".env"), "utf8").catch(() => "");
  const setting = (name: string): string | undefined => environment[name] ?? settingOf(dotEnv, name);
  const here: ComposeHome = { kind: "here", projectName: setting("COMPOSE_PROJECT_NAME") };
  if (setting("COMPOSE_FILE") !== undefined || (await composeFileIn(directory)) !== undefined) return here;
  for (
    let above = dirname(directory), below = directory;
    above !== below;
    below = above, above = dirname(above)
  ) {
    const path = await composeFileIn(above);
    if (path !== undefined) return { kind: "parent", path };
  }
  return here;
}

async function composeFileIn(directory: string): Promise<string | undefined> {
  const paths = defaultNames.map((name) => join(directory, name));
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.find((_, index) => found[index]);
}

// Only two plain names are looked up, so quotes are all of the dotenv syntax that matters.
function settingOf(dotEnv: string, name: string): string | undefined {
  const line = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*(.*?)\\s*$`, "m").exec(dotEnv)?.[1];
  const value = line?.replace(/^(["'])(.*)\1$/, "$2");
  return value === "" ? undefined : value;
}
