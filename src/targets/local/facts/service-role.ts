import { readFact, type Facts } from "../../../core/fact.ts";
import { databaseService, serviceModel, serviceRole, services } from "./local-facts.ts";

export type ServiceRole = "database" | "backend" | "grafana" | "config-ui" | "other";

/**
 * Which part of DevLake a service is. The image decides, because forks rename services; the name decides where images are
 * built locally, and then what it is given: only the backend reads both DB_URL and the secret, only config-ui the address
 * of the backend. Names, images and variables: DevLake's release compose files. `variables`: of its environment.
 */
export function roleOf(
  name: string,
  image: string | undefined,
  variables: readonly string[] = [],
): ServiceRole {
  const leaf = leafOf(image);
  // They stand beside a database and are none.
  if (/exporter|backup|dump|restore|migrat|client|admin|proxy/.test(leaf)) return "other";
  if (leaf === "devlake-dashboard") return "grafana";
  if (leaf === "devlake-config-ui") return "config-ui";
  if (leaf === "devlake") return "backend";
  if (/^(mysql|mariadb|postgres)/.test(leaf)) return "database";
  return rolesByName.get(name) ?? roleByVariables(variables);
}

function roleByVariables(variables: readonly string[]): ServiceRole {
  const has = (variable: string): boolean => variables.includes(variable);
  if (has("DB_URL") && (has("ENCRYPTION_SECRET") || has("ENCODE_KEY"))) return "backend";
  if (has("DEVLAKE_ENDPOINT")) return "config-ui";
  return has("GF_SERVER_ROOT_URL") ? "grafana" : "other";
}

/** The last word of an image's name, without tag and digest. */
function leafOf(image: string | undefined): string {
  const repository = (image ?? "").split("@")[0]?.replace(/:[^/:]*$/, "") ?? "";
  return repository.split("/").at(-1) ?? "";
}

const rolesByName: ReadonlyMap<string, ServiceRole> = new Map([
  ["mysql", "database"],
  ["postgres", "database"],
  ["devlake", "backend"],
  ["grafana", "grafana"],
  ["config-ui", "config-ui"],
]);

/** Whether a service of the role database is PostgreSQL, and is asked by other clients than MySQL. */
export function isPostgres(facts: Facts, service: string): boolean {
  return isPostgresService(service, readFact(facts, serviceModel(service))?.image);
}

export function isPostgresService(name: string, image: string | undefined): boolean {
  return leafOf(image).startsWith("postgres") || (image === undefined && name === "postgres");
}

/** The container ports of DevLake's release compose files. */
const usualPorts: Readonly<Partial<Record<ServiceRole, number>>> = {
  backend: 8080,
  grafana: 3000,
  "config-ui": 4000,
  database: 3306,
};

export interface RoleService {
  readonly service: string;
  readonly published: number | undefined;
  /** The address that it is published on, where that is not every one. */
  readonly address?: string;
}

/**
 * The first service of a role, or of several databases that which DB_URL names, none where that cannot be told, with its published TCP host port: that of the role's usual container port, else the first.
 */
export function serviceOfRole(facts: Facts, role: ServiceRole): RoleService | undefined {
  const service = firstByRole(facts).get(role);
  if (service === undefined) return undefined;
  const ports = (readFact(facts, serviceModel(service))?.ports ?? []).filter(
    ({ protocol }) => protocol === "tcp",
  );
  const port = ports.find(({ target }) => target === usualPorts[role]) ?? ports[0];
  const address = port?.hostIp;
  const isOne = address !== undefined && !["", "0.0.0.0", "::", "[::]"].includes(address);
  return { service, published: port?.published, ...(isOne && { address }) };
}

/** Remembered: every rule and every tool asks, and facts never change. */
function firstByRole(facts: Facts): ReadonlyMap<ServiceRole, string> {
  const known = firsts.get(facts);
  if (known !== undefined) return known;
  const byRole = new Map<ServiceRole, string>();
  for (const service of readFact(facts, services()) ?? []) {
    const role = readFact(facts, serviceRole(service));
    if (role !== undefined && !byRole.has(role)) byRole.set(role, service);
  }
  const told = readFact(facts, databaseService());
  if (told?.status === "named") byRole.set("database", told.service);
  if (told?.status === "unknown") byRole.delete("database");
  firsts.set(facts, byRole);
  return byRole;
}

const firsts = new WeakMap<Facts, ReadonlyMap<ServiceRole, string>>();
