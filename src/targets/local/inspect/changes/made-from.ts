import type { MadeFrom } from "../../facts/change-facts.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import type { FileReader } from "../../../../ports/files.ts";
import { DIRECTORY_LABEL, SERVICE_LABEL } from "../containers.ts";

const FILES_LABEL = "com.docker.compose.project.config_files";
const ENV_LABEL = "com.docker.compose.project.environment_file";

export interface ReadHere {
  readonly directory: string;
  /** Compose files in Compose's order, as seen from the directory. */
  readonly files: readonly string[];
  /** What COMPOSE_ENV_FILES names. */
  readonly envFiles: readonly string[];
}

/**
 * Whether the containers of these services were made from the files that are read here, by the labels that Compose
 * gives them: `-` is standard input, and an empty environment_file the default `.env` (2.26 to 5.5). A container that
 * has no such labels says nothing.
 */
export async function madeFromOf(
  containers: readonly ContainerDetails[],
  here: ReadHere,
  files: Pick<FileReader, "realPath" | "mayExist">,
  redact: Redact,
): Promise<MadeFrom> {
  const real = (path: string, from?: string): Promise<string> =>
    path === "-" ? Promise.resolve(path) : files.realPath(path, from);
  const all = (paths: readonly string[], from?: string) => Promise.all(paths.map((path) => real(path, from)));
  // The project's directory is that of the first file.
  const [directory, wantedFiles, wantedEnv] = await Promise.all([
    real(directoryOf(here.files[0] ?? "")),
    all(here.files),
    all(here.envFiles.length === 0 ? [".env"] : here.envFiles),
  ]);
  const services = new Set<string>();
  let movedFrom: string | undefined;
  const other: { directory?: string; files?: string[]; envFiles?: string[] } = {};
  for (const { labels } of containers) {
    const [madeIn = "", madeOf = "", madeEnv = ""] = [DIRECTORY_LABEL, FILES_LABEL, ENV_LABEL].map(
      (label) => labels[label],
    );
    if (madeIn === "" && madeOf === "") continue;
    const [inside, of, env] = await Promise.all([
      real(madeIn || here.directory),
      all(listed(madeOf), madeIn || undefined),
      all(madeEnv === "" ? [".env"] : listed(madeEnv), madeIn || undefined),
    ]);
    const isElsewhere = inside !== directory;
    if (
      inside !== directory &&
      (await hasMoved(madeIn, { of: listed(madeOf), env: listed(madeEnv) }, here, files))
    ) {
      movedFrom ??= redact(madeIn);
      continue;
    }
    // A file that was added since is a change of these files, which is shown setting by setting; one that is missing is not.
    const isOfOthers = !isWithin(of, wantedFiles);
    const hasOtherEnv = env.join("\n") !== wantedEnv.join("\n") && !(isElsewhere && madeEnv === "");
    if (isElsewhere) other.directory ??= redact(madeIn);
    if (isOfOthers) other.files ??= listed(madeOf).map(redact);
    if (hasOtherEnv) other.envFiles ??= listed(madeEnv).map(redact);
    if (isElsewhere || isOfOthers || hasOtherEnv) services.add(labels[SERVICE_LABEL] ?? "");
  }
  if (services.size === 0) return { status: "these_files", ...(movedFrom !== undefined && { movedFrom }) };
  return { status: "other_files", services: [...services].sort(), ...other };
}

/**
 * Whether a directory is gone from this machine and files of the same names stand here: it was moved or renamed, or the
 * engine is asked from another machine. What differs in them shows setting by setting.
 */
async function hasMoved(
  directory: string,
  made: { readonly of: readonly string[]; readonly env: readonly string[] },
  here: ReadHere,
  files: Pick<FileReader, "mayExist">,
): Promise<boolean> {
  const all = [directory, ...made.of, ...made.env].filter((path) => isAbsolute(path));
  if (all.length === 0 || (await Promise.all(all.map((path) => files.mayExist(path)))).includes(true))
    return false;
  const inside = [...made.of, ...made.env].every(
    (path) => !isAbsolute(path) || path.startsWith(`${directory}/`),
  );
  const tail = (path: string): string => path.replace(`${directory}/`, "").replace(/^\.\//, "");
  const wanted = here.files.map((path) => path.replace(`${here.directory}/`, "").replace(/^\.\//, ""));
  const env = here.envFiles.length === 0 ? [".env"] : here.envFiles.map(tail);
  return (
    inside &&
    isWithin(made.of.map(tail), wanted) &&
    (made.env.length === 0 || made.env.map(tail).join("\n") === env.join("\n"))
  );
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** Whether all of these stand among the others, in the same order. */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  let at = -1;
  return some.every((one) => (at = all.indexOf(one, at + 1)) >= 0);
}

function listed(paths: string): string[] {
  return paths.split(",").filter((path) => path !== "");
}

function directoryOf(path: string): string {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return at < 0 ? "." : path.slice(0, at) || "/";
}
