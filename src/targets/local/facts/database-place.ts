import { maskUrl } from "../../../core/masking/mask-url.ts";

/**
 * `database lake on mysql:3306`: what of a DB_URL may be said, and says where DevLake would work. undefined where
 * host or name cannot be told from what may not be shown.
 */
export function databasePlace(url: string): string | undefined {
  const shown = maskUrl(url)?.shown ?? "";
  const [, host, name] =
    /^[a-z+]+:\/\/(?:[^@/]*@)?([\w.-]+(?::\d{1,5})?)\/([\w.-]+)(?:\?|$)/.exec(shown) ??
    /^[^@/]*@tcp\(([\w.-]+(?::\d{1,5})?)\)\/([\w.-]+)(?:\?|$)/.exec(shown) ??
    [];
  return host === undefined ? undefined : `database ${name} on ${host}`;
}
