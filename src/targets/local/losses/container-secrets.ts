import type { ContainerSecrets } from "../facts/change-facts.ts";
import { isHarmless } from "../../../core/masking/harmless-values.ts";
import { isSecretName } from "../../../core/masking/secret-names.ts";

/** One environment variable with a secret. `secret`: the part of the value that nobody may lose. */
export interface SecretVariable {
  readonly name: string;
  readonly value: string;
  readonly secret: string;
}

/** Keys that images are signed with, which they have in their environment: public (`mariadb`, `python`). */
const publicKeys = new Set(["GPG_KEY", "GPG_KEYS"]);

/** What Compose can read back under its name from an env file. */
const writableName = /^[A-Za-z_][\w.-]{0,200}$/;

/** A password in a URL, or in the form of Go's MySQL driver, `user:password@tcp(host)/database`. */
const passwords = [/^[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:(.+)@/is, /^[^:@/\s]+:(.+)@[a-z]+\(/is] as const;

/**
 * The variables of `KEY=value` lines whose value is a secret: their name says so or the policy does (`secretNames`), or
 * a password stands in the value. Others are masked too where nothing is known of them, but images bring many of those.
 */
export function secretVariablesOf(
  settings: Iterable<readonly [name: string, value: string]>,
  secretNames: ReadonlySet<string> = new Set(),
): readonly SecretVariable[] {
  return [...settings].flatMap(([name, value]) => {
    if (value.trim() === "" || !writableName.test(name) || publicKeys.has(name)) return [];
    if (secretNames.has(name) || (isSecretName(name) && !isHarmless(name, value)))
      return [{ name, value, secret: passwordIn(value) ?? value }];
    const password = passwordIn(value);
    return password === undefined ? [] : [{ name, value, secret: password }];
  });
}

function passwordIn(value: string): string | undefined {
  for (const pattern of passwords) {
    const password = pattern.exec(value)?.[1];
    if (password !== undefined) return decoded(password);
  }
  return undefined;
}

/** A URL has it percent-encoded, a variable of its own has not. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch (thrown) {
    if (thrown instanceof URIError) return password;
    throw thrown;
  }
}

/** Shorter values stand for other things too, such as the name of a database, and are known by their names only. */
const SHORTEST_ANYWHERE = 8;

/** Asks whether a secret stands in any of these settings, under whatever name: ENCODE_KEY became ENCRYPTION_SECRET. */
export function holderOf(
  settings: Iterable<readonly [name: string, value: string]>,
  secretNames: ReadonlySet<string> = new Set(),
): (secret: SecretVariable) => boolean {
  const all = [...settings];
  const values = new Set(all.map(([, value]) => value));
  const secrets = new Set(secretVariablesOf(all, secretNames).map(({ secret }) => secret));
  return ({ secret }) => secrets.has(secret) || (secret.length >= SHORTEST_ANYWHERE && values.has(secret));
}

export interface HoldingContainer {
  readonly name: string;
  readonly secrets: readonly SecretVariable[];
}

/** Which secrets only containers hold, those that the same containers have together. */
export function secretsOnlyIn(
  containers: readonly HoldingContainer[],
  isHeld: (secret: SecretVariable) => boolean,
): ContainerSecrets[] {
  const bySecret = new Map<string, { variables: Set<string>; containers: Set<string> }>();
  for (const { name: container, secrets } of containers) {
    for (const variable of secrets) {
      if (isHeld(variable)) continue;
      const known = bySecret.get(variable.secret) ?? { variables: new Set(), containers: new Set() };
      known.variables.add(variable.name);
      known.containers.add(container);
      bySecret.set(variable.secret, known);
    }
  }
  const byHolders = new Map<string, { variables: Set<string>; containers: readonly string[] }>();
  for (const { variables, containers: holders } of bySecret.values()) {
    const names = [...holders].sort();
    const key = names.join(" ");
    const known = byHolders.get(key) ?? { variables: new Set(), containers: names };
    for (const name of variables) known.variables.add(name);
    byHolders.set(key, known);
  }
  return [...byHolders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { variables, containers: names }]) => ({
      variables: [...variables].sort(),
      containers: [...names],
    }));
}
