import { access } from "node:fs/promises";
import type { Deployment } from "./deployment.ts";

/** Where scripts/other-docker.sh lends the machine's own Compose to a run on another suite's Docker. */
const program = "/var/tmp/own-compose/docker-compose";

/** A program that is another Compose than the one that works here; undefined on the machine's own Docker. */
export async function otherComposeProgram(): Promise<string | undefined> {
  return access(program).then(
    () => program,
    () => undefined,
  );
}

/** The version of the Compose that made the service's container, by its label. */
export async function composeOf(d: Deployment, service: string): Promise<string> {
  const format = '{{index .Config.Labels "com.docker.compose.version"}}';
  return (await d.docker("inspect", "--format", format, `${d.project}-${service}-1`)).stdout;
}
