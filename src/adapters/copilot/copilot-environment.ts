import type { TempRoot } from "./copilot-temp-root.ts";
import type { Environment } from "../process/run-command.ts";

/**
 * All that the runtime gets of the user's environment: how to reach the network. It knows some 250 names
 * (tokens, capture and log directories, further instructions, feature flags), none of which is for us.
 */
const passedOn: readonly string[] = [
  "SystemRoot",
  "WINDIR",
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

/** The whole environment of the runtime. `NO_PROXY` names the machine itself, as the runtime asks a proxy for it, too. */
export function runtimeEnvironment(environment: Environment, root: TempRoot): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  const direct = [environment["NO_PROXY"] ?? environment["no_proxy"], "127.0.0.1", "localhost", "::1"];
  return {
    ...Object.fromEntries(kept),
    NO_PROXY: direct.filter((host) => host !== undefined && host !== "").join(","),
    PATH: root.bin,
    HOME: root.home,
    USERPROFILE: root.home,
    TMPDIR: root.tmp,
    TEMP: root.tmp,
    TMP: root.tmp,
  };
}
