import type { UnnamedData } from "../facts/change-facts.ts";
import type { ServiceRole } from "../facts/service-role.ts";

/** What of a container says where it keeps its data. */
export interface DataHolder {
  readonly role: ServiceRole;
  readonly image: string;
  /** `KEY=value`. */
  readonly env: readonly string[];
  /** Its command and arguments, where they are known. */
  readonly command?: readonly string[] | undefined;
  /** Whether it has ever run: before, nothing is in its own layer. */
  readonly hasRun: boolean;
  readonly mounts: readonly { readonly type: string; readonly source: string; readonly target: string }[];
}

/**
 * The directory that a database or Grafana keeps its data in, as its image, environment and command say; undefined for
 * other parts of DevLake, of which the backend's logs and config-ui's files are no data, and for other services.
 */
export function dataDirectoryOf({ role, image, env, command = [] }: DataHolder): string | undefined {
  const set = (name: string): string | undefined =>
    env.find((entry) => entry.startsWith(`${name}=/`))?.slice(name.length + 1);
  if (role === "grafana") return set("GF_PATHS_DATA") ?? "/var/lib/grafana";
  if (role !== "database") return undefined;
  const flag = command.findLast((word) => word.startsWith("--datadir=/"))?.slice("--datadir=".length);
  if (flag !== undefined) return flag;
  const afterFlag = command[command.indexOf("--datadir") + 1];
  if (command.includes("--datadir") && afterFlag?.startsWith("/") === true) return afterFlag;
  const isBitnami = image.includes("bitnami");
  if (/postgres/.test(image))
    return (
      set("PGDATA") ??
      set("POSTGRESQL_DATA_DIR") ??
      (isBitnami ? "/bitnami/postgresql/data" : "/var/lib/postgresql/data")
    );
  const kind = image.includes("mariadb") ? "mariadb" : "mysql";
  return isBitnami
    ? (set("MYSQL_DATA_DIR") ?? set("MARIADB_DATA_DIR") ?? `/bitnami/${kind}/data`)
    : "/var/lib/mysql";
}

/**
 * Data that is lost, or lost from sight, when the container is removed. Of services that are no part of DevLake nobody
 * knows where they keep what, so each volume without a name counts, and what their layer holds is not judged.
 */
export function unnamedDataOf(holder: DataHolder): UnnamedData[] {
  const { role, mounts, hasRun } = holder;
  if (role === "other")
    return mounts.filter(isAnonymous).map(({ target }) => ({ path: target, kind: "anonymous_volume" }));
  const path = dataDirectoryOf(holder);
  if (path === undefined) return [];
  const under = mounts
    .filter(({ target }) => isWithin(path, target))
    .toSorted((a, b) => b.target.length - a.target.length)[0];
  if (under !== undefined && isAnonymous(under)) return [{ path, kind: "anonymous_volume" }];
  // Memory is no place to keep it either.
  const isInLayer = under === undefined || under.type === "tmpfs";
  return isInLayer && hasRun ? [{ path, kind: "container_layer" }] : [];
}

/** The Engine names them itself. */
function isAnonymous({ type, source }: DataHolder["mounts"][number]): boolean {
  return type === "volume" && /^[0-9a-f]{64}$/.test(source);
}

/** Whether a path is a directory or lies in it. */
export function isWithin(path: string, directory: string): boolean {
  const [inner, outer] = [path, directory].map((each) => each.replace(/\/+$/, ""));
  return inner === outer || (inner ?? "").startsWith(`${outer ?? ""}/`);
}
