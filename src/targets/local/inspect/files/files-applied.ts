import { FactsDraft, type Facts } from "../../../../core/fact.ts";
import type { Applied, FilesApplied } from "../../facts/fact-values.ts";
import { databaseHost, databaseMounts, databaseService, filesApplied } from "../../facts/local-facts.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import { roleOf } from "../../facts/service-role.ts";
import type { ComposeModel, ComposeService } from "../../ports/compose.ts";
import type { Container, ContainerDetails, Mount } from "../../ports/docker.ts";
import { chosenContainer } from "../containers.ts";
import { databaseServiceOf, databaseServices, isPostgresUrl } from "../database-service.ts";
import { bearerOf } from "../host-bearer.ts";

/**
 * In what the files differ from the containers that exist: the next start makes those anew, and what only they
 * held is gone. Of values nothing is said but whether they are the same.
 */
export function filesAppliedFacts(
  model: ComposeModel,
  own: readonly ContainerDetails[],
  all: readonly Container[],
  redact: Redact,
): Facts {
  const draft = new FactsDraft();
  const backend = backendOf(model);
  const container = backend === undefined ? undefined : chosenContainer(own, backend.name);
  const wanted = new Map(Object.entries(backend?.environment ?? {}));
  const made = container === undefined ? undefined : environmentOf(container);
  // Where both have one, DevLake is on the database that its container was made for.
  const url = urlOf((made ?? wanted).get("DB_URL"));
  const host = hostOf(url);
  const bearer = host === undefined ? undefined : bearerOf(host, model, own, all);
  if (made !== undefined) {
    draft.set(filesApplied(), compared(made, wanted));
    if (host !== undefined && bearer !== undefined) draft.set(databaseHost(), { host: redact(host), bearer });
  }
  const told = databaseServiceOf(model, own, url, bearer);
  if (told !== undefined) draft.set(databaseService(), told);
  const database = databaseServices(model).find(
    ({ name }) => told === undefined || (told.status === "named" && told.service === name),
  );
  const data = database === undefined ? undefined : chosenContainer(own, database.name);
  if (data?.mounts !== undefined && database !== undefined) {
    // docker-compose 1.x prints them in a short form that is not read.
    const mounts = database.mounts ?? (database.volumes.length === 0 ? [] : undefined);
    if (mounts !== undefined)
      draft.set(databaseMounts(), hasMounts(data.mounts, mounts) ? "same" : "differs");
  }
  return draft.facts();
}

/** By name, as facts have them, so that both mean the same service. */
function backendOf(model: ComposeModel): ComposeService | undefined {
  return model.services
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .find(
      ({ name, image, environment }) => roleOf(name, image, Object.keys(environment ?? {})) === "backend",
    );
}

function environmentOf({ env }: ContainerDetails): ReadonlyMap<string, string> {
  return new Map(
    env.map((entry) => {
      const at = entry.indexOf("=");
      return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

type Environment = ReadonlyMap<string, string>;

function compared(container: Environment, files: Environment): FilesApplied {
  const [made, wanted] = [container.get("DB_URL"), files.get("DB_URL")];
  const parts = partsApplied(made, wanted);
  return {
    secret: applied(secretOf(container), secretOf(files)),
    databaseUrl: applied(made, wanted),
    ...(parts !== undefined && { parts }),
  };
}

/** ENCODE_KEY is what it was called up to v0.17; an upgrade carries its value on under the new name. */
function secretOf(environment: Environment): string | undefined {
  return environment.get("ENCRYPTION_SECRET") || environment.get("ENCODE_KEY");
}

function applied(container: string | undefined, files: string | undefined): Applied {
  const [made, wanted] = [container ?? "", files ?? ""];
  if (made === wanted) return made === "" ? "neither" : "same";
  if (made === "") return "only_files";
  return wanted === "" ? "only_container" : "differs";
}

function partsApplied(made: string | undefined, wanted: string | undefined): FilesApplied["parts"] {
  const [container, files] = [urlOf(made), urlOf(wanted)];
  if (container === undefined || files === undefined) return undefined;
  return {
    scheme: applied(container.protocol, files.protocol),
    user: applied(container.username, files.username),
    password: applied(container.password, files.password),
    host: applied(container.hostname, files.hostname),
    port: applied(portOf(container), portOf(files)),
    database: applied(container.pathname, files.pathname),
    parameters: applied(container.search, files.search),
  };
}

function portOf(url: URL): string {
  return url.port || (isPostgresUrl(url) ? "5432" : "3306");
}

/** undefined for those of the driver's own form, `user@tcp(host)/db`, and for what no URL is. */
function urlOf(text: string | undefined): URL | undefined {
  return URL.canParse(text ?? "") ? new URL(text ?? "") : undefined;
}

function hostOf(url: URL | undefined): string | undefined {
  return url === undefined || url.hostname === "" ? undefined : url.hostname;
}

/** Anonymous volumes, which an image asks for, have the Engine's own names. */
function isNamed({ type, source }: Mount): boolean {
  return type === "volume" && !/^[0-9a-f]{64}$/.test(source);
}

/** What the container has at each place that the files name; a path may be told otherwise by an engine in a machine of its own. */
function hasMounts(made: readonly Mount[], wanted: readonly Mount[]): boolean {
  if (made.some((mount) => isNamed(mount) && !wanted.some(({ target }) => target === mount.target)))
    return false;
  return wanted
    .filter(({ type }) => type === "volume" || type === "bind")
    .every(({ type, source, target }) => {
      const there = made.find((mount) => mount.target === target);
      return (
        there !== undefined &&
        there.type === type &&
        (there.source === source || (type === "bind" && there.source.endsWith(source)))
      );
    });
}
