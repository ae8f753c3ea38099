import { readFileSync } from "node:fs";

/** Output of a system's own tool, recorded in `fixtures/host-ports`. */
export function recorded(name: string): string {
  return readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), "utf8");
}
