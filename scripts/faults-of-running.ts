import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../test/stack/wait-until.ts";
import { edit, remoteEngine, restartsOf, wrongPassword, type Fault } from "./fault-parts.ts";

/** Faults of a deployment that was ready. */
export const faultsOfRunning: Readonly<Record<string, Fault>> = {
  "remote-engine-healthy": { from: "ready", make: remoteEngine },
  healthy: { from: "ready", make: async () => {} },
  "state-file-stale": {
    from: "ready",
    make: async (d) => {
      const endpoints = {
        backend: "http://localhost:8085",
        grafana: "http://localhost:3004",
        configUi: "http://localhost:4004",
      };
      const state = {
        deployedAt: "2026-02-18T12:00:00Z",
        method: "local",
        endpoints,
        project: { name: "my-org", blueprintId: 1 },
      };
      await writeFile(join(d.dir, ".devlake-local.json"), JSON.stringify(state, undefined, 2));
    },
  },
  "state-file-unreadable": {
    from: "ready",
    make: (d) => writeFile(join(d.dir, ".devlake-local.json"), '{"endpoints": '),
  },
  "unusual-ports-without-state-file": {
    from: "ready",
    make: async (d) => {
      await edit(d, "docker-compose.yml", (text) => text.replace("8080:8080", "8090:8080"));
      await d.up();
      await d.waitReady();
    },
  },
  "ports-changed-not-applied": {
    from: "ready",
    make: (d) => edit(d, "docker-compose.yml", (text) => text.replace("8080:8080", "8090:8080")),
  },
  "config-ui-exited-137": {
    from: "ready",
    make: async (d) => {
      await d.restartEngine();
      await waitUntil("the backend answers", async () => (await d.get("devlake", "/ready")).status === 200);
      await waitUntil(
        "Grafana answers",
        async () => (await d.get("grafana", "/grafana/api/health")).status === 200,
      );
    },
  },
  "all-stopped": {
    from: "ready",
    make: async (d) => {
      await d.compose("stop", "-t", "1");
    },
  },
  "network-pruned": {
    from: "ready",
    make: async (d) => {
      await d.compose("stop", "-t", "1");
      await d.docker("network", "prune", "-f");
    },
  },
  "mysql-stopped-backend-loops": {
    from: "ready",
    make: async (d) => {
      await d.compose("stop", "-t", "1", "mysql");
      await d.compose("restart", "-t", "1", "devlake");
      await waitUntil("the backend restarts", async () => (await restartsOf(d, "devlake")) > 5);
    },
  },
  "grafana-volume-permission": {
    from: "ready",
    make: async (d) => {
      await d.compose("stop", "-t", "1", "grafana");
      await d.docker(
        "run",
        "--rm",
        "--user",
        "root",
        "--entrypoint",
        "sh",
        "-v",
        `${d.project}_grafana-storage:/v`,
        "devlake.docker.scarf.sh/apache/devlake-dashboard:v1.0.2",
        "-c",
        "rm -rf /v/plugins; chown -R 0:0 /v; chmod 700 /v",
      );
      await d.compose("start", "grafana");
      await waitUntil("Grafana restarts", async () => (await restartsOf(d, "grafana")) > 2);
    },
  },
  "migration-pending": {
    from: "ready",
    make: async (d) => {
      await d.sql("DELETE FROM _devlake_migration_history WHERE script_name = 'addDomainTables'");
      await d.compose("restart", "-t", "1", "devlake");
      await waitUntil("the gate", async () => (await d.get("devlake", "/plugins")).status === 428);
    },
  },
  migrating: {
    from: "ready",
    make: async (d) => {
      await edit(d, ".env", (text) => `${text}\nSTANDIN_SLOW_SCRIPT_SECONDS=60\n`);
      await d.sql("DELETE FROM _devlake_migration_history WHERE script_name = 'addDomainTables'");
      await d.up("-t", "1");
      await waitUntil("the gate", async () => (await d.get("devlake", "/plugins")).status === 428);
      await d.exec("sh", [
        "-c",
        "curl -s http://localhost:8080/proceed-db-migration >/dev/null 2>&1 </dev/null &",
      ]);
      await waitUntil("it migrates", async () =>
        (await d.get("devlake", "/ready")).body.includes("migrating"),
      );
    },
  },
  "backend-crash-loop": {
    from: "ready",
    make: async (d) => {
      await edit(d, ".env", wrongPassword);
      await d.up("-t", "1");
      await waitUntil("the backend restarts", async () => (await restartsOf(d, "devlake")) > 6);
      await waitUntil(
        "it is between two starts",
        async () => (await d.state("devlake"))?.Status === "restarting",
      );
    },
  },
  "backend-first-restarts": {
    from: "ready",
    make: async (d) => {
      await edit(d, ".env", wrongPassword);
      await d.up("-t", "1");
      await waitUntil("the backend restarts", async () => (await restartsOf(d, "devlake")) > 0);
    },
  },
  "config-ui-stale-address": {
    from: "ready",
    make: async (d) => {
      await d.get("config-ui", "/api/ping");
      await d.compose("rm", "-sf", "devlake");
      await d.docker(
        "run",
        "-d",
        "--network",
        `${d.project}_default`,
        "--entrypoint",
        "sleep",
        "devlake.docker.scarf.sh/apache/devlake-dashboard:v1.0.2",
        "600",
      );
      await d.up();
      await waitUntil("the backend answers", async () => (await d.get("devlake", "/ready")).status === 200);
    },
  },
  "backend-paused": {
    from: "ready",
    make: async (d) => {
      await d.compose("pause", "devlake");
    },
  },
  "secret-lost-while-running": {
    from: "ready",
    make: (d) => edit(d, ".env", (text) => text.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=")),
  },
};
