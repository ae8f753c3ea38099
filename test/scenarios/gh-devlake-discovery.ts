import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Deployment } from "../stack/deployment.ts";

const StateFile = z.object({ endpoints: z.object({ backend: z.string() }) });

/**
 * Where gh-devlake's own commands look for a local deployment (its internal/devlake/discovery.go): what
 * the state file names, then the two usual ports; the first that answers `/ping` with 200.
 */
export async function discover(d: Deployment): Promise<string | undefined> {
  const text = await readFile(join(d.dir, ".devlake-local.json"), "utf8").catch(() => "{}");
  const stated = StateFile.safeParse(JSON.parse(text)).data?.endpoints.backend;
  const candidates = [
    ...(stated === undefined ? [] : [[stated, ".devlake-local.json"] as const]),
    ["http://localhost:8080", "port 8080"] as const,
    ["http://localhost:8085", "port 8085"] as const,
  ];
  for (const [url, how] of candidates) {
    const { stdout } = await d.exec("curl", [
      "-s",
      "--max-time",
      "5",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      `${url}/ping`,
    ]);
    if (stdout === "200") return `${url} by ${how}`;
  }
  return undefined;
}
