import type { DatabaseService } from "../facts/fact-values.ts";
import { isPostgresService, roleOf } from "../facts/service-role.ts";
import type { ComposeModel, ComposeService } from "../ports/compose.ts";
import type { ContainerDetails } from "../ports/docker.ts";
import { SERVICE_LABEL } from "./containers.ts";
import type { HostBearer } from "./host-bearer.ts";

/** Schemes of PostgreSQL in DB_URL (DevLake core/runner/db.go); all others are MySQL's. */
const postgresSchemes: ReadonlySet<string> = new Set(["postgres:", "postgresql:", "pg:"]);

export function isPostgresUrl({ protocol }: URL): boolean {
  return postgresSchemes.has(protocol);
}

export function databaseServices({ services }: ComposeModel): readonly ComposeService[] {
  return services
    .filter(({ name, image }) => roleOf(name, image) === "database")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Which of several database services DevLake works on, as files for developers have them: the one that DB_URL names by
 * its host, if its scheme fits. A host that stands before the databases, or that nobody has, leaves it to the scheme.
 * undefined: there are not several. `url`: undefined where there is none, or it cannot be read.
 */
export function databaseServiceOf(
  model: ComposeModel,
  own: readonly ContainerDetails[],
  url: URL | undefined,
  bearer: HostBearer | undefined,
): DatabaseService | undefined {
  const all = databaseServices(model);
  if (all.length < 2) return undefined;
  const unknown: DatabaseService = { status: "unknown", services: all.map(({ name }) => name) };
  if (url === undefined || bearer === undefined) return unknown;
  const fitting = all.filter(({ name, image }) => isPostgresService(name, image) === isPostgresUrl(url));
  const named = all.filter(({ name }) => bears(name, url.hostname, own));
  const mayBeAny = named.length === 0 && (bearer === "service" || bearer === "nobody");
  const [chosen, ...others] = mayBeAny ? fitting : named.filter((service) => fitting.includes(service));
  return chosen === undefined || others.length > 0 ? unknown : { status: "named", service: chosen.name };
}

/** By the name that Docker's resolver has for a service, or for its container. */
function bears(service: string, host: string, own: readonly ContainerDetails[]): boolean {
  return (
    service === host ||
    own.some(
      ({ labels, name, networks }) =>
        labels[SERVICE_LABEL] === service &&
        (name === host || networks.some(({ aliases = [] }) => aliases.includes(host))),
    )
  );
}
