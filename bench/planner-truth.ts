/** What is right for a recorded fault, as whoever made the fault knows it; written by hand, not by the rules. */
export interface Truth {
  readonly outcome: "repair" | "escalate" | "healthy";
  /** Facts that bear on the cause; citing others is imprecise. */
  readonly evidence: RegExp;
}

const ports = /^local\.(?:port\.\d+\.holder|container\.[^.]+\.(?:error|state|ports)|service\.[^.]+\.model)$/;
const containers =
  /^local\.(?:container\.[^.]+\.(?:state|exit-code|oom-killed|network-missing|ports|error)|project\.(?:networks|stray-containers))$/;
const compose = /^local\.compose\.|^local\.env-file\.status$/;
const engine = /^local\.engine\./;
const backend = /^local\.(?:backend\.phase|container\.(?:devlake|mysql)\.|log\.(?:devlake|mysql)\.)/;
const secret =
  /^local\.(?:backend\.(?:encryption-secret|phase)|env-file\.status|compose\.source|log\.devlake\.)/;
const stateFile = /^local\.(?:state-file|service\.[^.]+\.model)$/;
const anyFact = /^local\./;

function repair(evidence: RegExp): Truth {
  return { outcome: "repair", evidence };
}

function escalate(evidence: RegExp): Truth {
  return { outcome: "escalate", evidence };
}

const healthy: Truth = { outcome: "healthy", evidence: anyFact };

/** By the name of the recorded facts. */
export const truths: Readonly<Record<string, Truth>> = {
  "all-stopped": repair(containers),
  "backend-crash-loop": escalate(backend),
  "backend-first-restarts": escalate(backend),
  "backend-paused": escalate(/^local\.(?:container\.devlake\.|backend\.phase)/),
  "canary-secrets-everywhere": repair(ports),
  "compose-invalid-model": escalate(compose),
  "compose-invalid-yaml": escalate(compose),
  "compose-not-installed": escalate(compose),
  "compose-unknown-key": escalate(compose),
  "config-ui-exited-137": repair(containers),
  "config-ui-stale-address": escalate(
    /^local\.(?:config-ui\.|container\.config-ui\.|log\.config-ui\.|backend\.phase)/,
  ),
  "engine-permission-denied": escalate(engine),
  "engine-unreachable": escalate(engine),
  "env-file-is-directory": escalate(compose),
  "env-file-missing": escalate(compose),
  "grafana-volume-permission": escalate(/^local\.(?:grafana\.|container\.grafana\.|log\.grafana\.)/),
  "half-created": repair(containers),
  "half-created-port-now-free": repair(containers),
  healthy,
  // It must only be waited for: to do more would break it.
  migrating: repair(/^local\.(?:backend\.phase|log\.devlake\.)/),
  "migration-pending": escalate(/^local\.(?:backend\.phase|log\.devlake\.)/),
  "mysql-stopped-backend-loops": repair(containers),
  "network-pruned": repair(containers),
  "not-devlake": escalate(/^local\.(?:compose\.|service\.)/),
  "nothing-started": repair(containers),
  "port-3002-container": repair(ports),
  "port-3306-process": repair(ports),
  "port-8080-all-bundles-taken": escalate(ports),
  "port-8080-and-next-bundle-taken": repair(ports),
  "port-8080-interpolated": repair(ports),
  "port-8080-process": repair(ports),
  "ports-8080-and-4000-processes": repair(ports),
  "ports-changed-not-applied": repair(/^local\.(?:container\.|service\.|state-file)/),
  "remote-engine-healthy": healthy,
  "remote-engine-port-3002-container": escalate(ports),
  "remote-engine-port-8080-process": escalate(ports),
  "secret-absent": escalate(secret),
  "secret-empty": escalate(secret),
  "secret-lost-while-running": escalate(secret),
  "services-renamed": repair(ports),
  "state-file-stale": repair(stateFile),
  "state-file-unreadable": healthy,
  "unusual-ports-without-state-file": repair(stateFile),
};
