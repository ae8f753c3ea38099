/**
 * Keys of a service that say nothing of a container that exists or is created: what is built and pulled, when and
 * how often it is made, what Compose does around it (Compose file reference; 2.26 to 5.5).
 */
export const notOfContainers: ReadonlySet<string> = new Set([
  "attach",
  "build",
  "depends_on",
  "develop",
  "env_file",
  "extends",
  "image",
  "label_file",
  "platform",
  "ports",
  "profiles",
  "provider",
  "pull_policy",
  "pull_refresh_after",
  "scale",
]);

/** Parts of `deploy` that only a swarm looks at, or that the rules read elsewhere. */
export const readOfDeploy: ReadonlySet<string> = new Set([
  "endpoint_mode",
  "labels",
  "mode",
  "placement",
  "replicas",
  "resources",
  "restart_policy",
  "rollback_config",
  "update_config",
]);

/** Known, applied when a container is created, and not to be seen in one afterwards. */
export const onlyAtCreation: ReadonlySet<string> = new Set(["credential_spec", "models", "use_api_socket"]);

/** Commands that Compose runs around a start or stop; no part of the container. */
export const hooks: ReadonlySet<string> = new Set(["post_start", "pre_start", "pre_stop"]);
