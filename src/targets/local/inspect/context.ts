import type { Clock } from "../../../ports/clock.ts";
import type { ComposeReader } from "../ports/compose.ts";
import type { DockerReader } from "../ports/docker.ts";
import type { FileReader } from "../../../ports/files.ts";
import type { HostPorts } from "../ports/host-ports.ts";
import type { Http } from "../../../ports/http.ts";
import type { SavedSecretsReader } from "../../../ports/saved-secrets.ts";

/** Everything an inspection may look through; none of it can write. */
export interface ReadPorts {
  readonly docker: DockerReader;
  readonly compose: ComposeReader;
  readonly files: FileReader;
  readonly hostPorts: HostPorts;
  readonly http: Http;
  readonly clock: Clock;
  /** Left out: nothing was ever saved. */
  readonly savedSecrets?: SavedSecretsReader;
}

export interface InspectRequest {
  /** Absolute path of the deployment's directory. */
  readonly directory: string;
  readonly ports: ReadPorts;
  /** The caller's environment, for the variables that the Compose files interpolate. */
  readonly environment: ReadonlyMap<string, string>;
  /** What stands between the files of COMPOSE_FILE: `;` on Windows, `:` elsewhere, which is taken when absent. */
  readonly pathListSeparator?: ":" | ";";
  /** Names of further variables whose values are secrets, whatever they look like. */
  readonly secretVariables?: readonly string[];
}
