import { sha256Hex } from "../../../core/text/digest.ts";
import type { Json } from "../../../core/text/json.ts";

/**
 * The `com.docker.compose.config-hash` that Compose puts on a network: sha256 of its entry of `config --format json`,
 * compact and as Go writes it, keys in the printed order (tried with 2.40 and 5.5, which write it; 2.26 does not).
 */
export function networkHash(entry: Readonly<Record<string, Json>>): string {
  return sha256Hex(goJson(entry));
}

/** The same of a volume, whose driver is written too where the files name none. */
export function volumeHash(entry: Readonly<Record<string, Json>>): string {
  const { name, driver, ...rest } = entry;
  return sha256Hex(goJson({ ...(name !== undefined && { name }), driver: driver ?? "local", ...rest }));
}

const goEscapes: Readonly<Record<string, string>> = {
  "<": String.raw`\u003c`,
  ">": String.raw`\u003e`,
  "&": String.raw`\u0026`,
  "\u2028": String.raw`\u2028`,
  "\u2029": String.raw`\u2029`,
};

/** Go's encoding/json escapes what HTML and JavaScript would read. */
function goJson(value: Json): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (sign) => goEscapes[sign] ?? sign);
}
