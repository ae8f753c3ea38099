import { readFact, type Facts } from "../../../core/fact.ts";
import { composeCommand, engineVersion } from "./local-facts.ts";

/**
 * docker-compose 1.x ends in `KeyError: 'ContainerConfig'` when it makes a container anew on Engine 26
 * or later, which no longer answers with that field, and leaves the old container renamed. Seen with
 * 1.29.2 on 26.1; it starts, stops and makes new containers well.
 */
export function cannotRecreate(facts: Facts): boolean {
  const compose = readFact(facts, composeCommand())?.version ?? "";
  const engine = Number.parseInt(readFact(facts, engineVersion())?.version ?? "", 10);
  return compose.startsWith("1.") && engine >= 26;
}

/** Why there is no Compose. */
export const NO_COMPOSE = "neither `docker compose` nor `docker-compose` runs";
