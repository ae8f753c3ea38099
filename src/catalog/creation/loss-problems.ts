import type { FactRef, Facts } from "../../core/fact.ts";
import { databaseMounts, filesApplied } from "../../core/local-facts.ts";
import { serviceOfRole, type ServiceRole } from "../../core/service-role.ts";
import { whatAStartWouldLose, type StartLoss } from "../../core/what-a-start-loses.ts";
import type { UnmetPrecondition } from "../define-tool.ts";

/** Whose container holds what would be lost. */
const holder: Readonly<Record<StartLoss["kind"], ServiceRole>> = {
  secret: "backend",
  database_url: "backend",
  database_mounts: "database",
};

/** What is lost, or lost from sight, with the containers of these services. */
export function lossProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return whatAStartWouldLose(facts)
    .filter(({ kind }) => services.includes(serviceOfRole(facts, holder[kind])?.service ?? ""))
    .map(({ fact, message }) => ({ fact, message: `recreation ${message}` }));
}

/** The facts that say so. */
export function lossReads(facts: Facts, services: readonly string[]): readonly FactRef<unknown>[] {
  const isOf = (role: ServiceRole): boolean => services.includes(serviceOfRole(facts, role)?.service ?? "");
  return [
    ...(isOf("backend") ? [filesApplied()] : []),
    ...(isOf("database") ? [databaseMounts()] : []),
  ].filter(({ id }) => facts.has(id));
}
