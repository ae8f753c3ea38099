import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assignmentOf, readEnvFile } from "../../core/masking/env-source.ts";
import type { Environment } from "../process/run-command.ts";
import { readUserFile } from "../files/user-files.ts";

/** Where Compose takes its files from when it is started in a directory. */
export type ComposeHome =
  | { readonly kind: "here"; readonly projectName: string | undefined }
  /** None here, but one further up, which Compose would silently use instead. */
  | { readonly kind: "parent"; readonly path: string };

// In Compose's order (compose-go `cli.DefaultFileNames`).
const defaultNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const MAX_ENV_BYTES = 1024 * 1024;

/**
 * Looks for what Compose does not tell: whether the files are those of `directory` itself, and the
 * project name set by COMPOSE_PROJECT_NAME, which docker-compose v1 leaves out of its output.
 */
export async function composeHome(directory: string, environment: Environment): Promise<ComposeHome> {
  // Where it cannot be read, Compose says so itself.
  const text = await readUserFile(join(directory, ".env"), MAX_ENV_BYTES).then(
    (bytes) => bytes.toString("utf8"),
    () => "",
  );
  const dotEnv = readEnvFile(".env", text, (name) => environment[name]);
  const setting = (name: string): string | undefined =>
    environment[name] ?? (assignmentOf(dotEnv, name)?.value || undefined);
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
