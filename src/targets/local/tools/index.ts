import type { AnyTool } from "../../define-tool.ts";
import { cleanupPartialLocalArtifacts } from "./cleanup-partial-local-artifacts.ts";
import { inspectLocalPortConflicts } from "./inspect-local-port-conflicts.ts";
import { pullFixedImages, pullImages } from "./pull-images.ts";
import { reconnectNetworks } from "./reconnect-networks.ts";
import { recreateServices } from "./recreate-services.ts";
import { retryLocalComposeUp } from "./retry-local-compose-up.ts";
import { rewriteLocalPortsToAltBundle } from "./rewrite-local-ports-to-alt-bundle.ts";
import { saveContainerSecrets } from "./save-container-secrets.ts";
import { startStoppedServices } from "./start-stopped-services.ts";
import { updateStateFile } from "./update-state-file.ts";
import { waitUntilHealthy } from "./wait-until-healthy.ts";

/** The closed catalog: no step runs whose tool is not in it. */
export const catalog = {
  inspect_local_port_conflicts: inspectLocalPortConflicts,
  rewrite_local_ports_to_alt_bundle: rewriteLocalPortsToAltBundle,
  cleanup_partial_local_artifacts: cleanupPartialLocalArtifacts,
  reconnect_networks: reconnectNetworks,
  retry_local_compose_up: retryLocalComposeUp,
  recreate_services: recreateServices,
  start_stopped_services: startStoppedServices,
  wait_until_healthy: waitUntilHealthy,
  update_state_file: updateStateFile,
  save_container_secrets: saveContainerSecrets,
  pull_images: pullImages,
  pull_fixed_images: pullFixedImages,
} as const satisfies Readonly<Record<string, AnyTool>>;

export type ToolName = keyof typeof catalog;
