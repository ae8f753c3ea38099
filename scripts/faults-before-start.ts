import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  composeFile,
  edit,
  envFile,
  failedUp,
  heldByProcess,
  remoteEngine,
  type Fault,
} from "./fault-parts.ts";

/** Faults that keep a deployment from starting. */
export const faultsBeforeStart: Readonly<Record<string, Fault>> = {
  "nothing-started": { from: "nothing started", make: async () => {} },
  "env-file-missing": { from: "nothing started", make: (d) => rm(join(d.dir, ".env")) },
  "env-file-is-directory": {
    from: "nothing started",
    make: async (d) => {
      await rm(join(d.dir, ".env"));
      await mkdir(join(d.dir, ".env"));
    },
  },
  "compose-invalid-yaml": composeFile((text) =>
    text.replace("    ports:\n      - 8080:8080", "    ports:\n   - 8080:8080: ["),
  ),
  "compose-invalid-model": composeFile((text) => text.replace("8080:8080", "eighty:8080")),
  "compose-unknown-key": composeFile((text) => text.replace("    restart: always", "    restarts: always")),
  "secret-empty": envFile((text) => text.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=")),
  "secret-absent": envFile((text) => text.replace(/^ENCRYPTION_SECRET=.*\n/m, "")),
  "engine-unreachable": {
    from: "nothing started",
    make: async () => ({ env: { DOCKER_HOST: "unix:///run/no-such-engine.sock" } }),
  },
  "engine-permission-denied": {
    from: "nothing started",
    make: async (d) => {
      await d.exec("chmod", ["-R", "a+rX", d.dir]);
      return { before: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] };
    },
  },
  "compose-not-installed": {
    from: "nothing started",
    make: async () => ({ before: ["env", "PATH=/nonexistent"] }),
  },
  "port-8080-process": heldByProcess(8080),
  "port-3306-process": heldByProcess(3306),
  "ports-8080-and-4000-processes": heldByProcess(8080, 4000),
  "port-8080-and-next-bundle-taken": heldByProcess(8080, 8085),
  "port-8080-all-bundles-taken": heldByProcess(
    8080,
    ...Array.from({ length: 20 }, (_unused, index) => 8085 + index),
  ),
  "port-3002-container": {
    from: "nothing started",
    make: async (d) => {
      await d.foreignContainer({ port: 3002 });
      await failedUp(d);
    },
  },
  "port-8080-interpolated": {
    from: "nothing started",
    make: async (d) => {
      await edit(d, "docker-compose.yml", (text) =>
        text.replace("- 8080:8080", '- "${DEVLAKE_PORT:-8080}:8080"'),
      );
      await d.holdPort(8080);
      await failedUp(d);
    },
  },
  "half-created-port-now-free": {
    from: "nothing started",
    make: async (d) => {
      const holder = await d.holdPort(8080);
      await failedUp(d);
      await holder[Symbol.asyncDispose]();
    },
  },
  "half-created": {
    from: "nothing started",
    make: async (d) => {
      await d.up("mysql");
      await d.compose("create", "grafana", "devlake");
    },
  },
  "remote-engine-port-8080-process": {
    from: "nothing started",
    make: async (d) => {
      await d.holdPort(8080);
      await failedUp(d);
      return remoteEngine(d);
    },
  },
  "remote-engine-port-3002-container": {
    from: "nothing started",
    make: async (d) => {
      await d.foreignContainer({ port: 3002 });
      await failedUp(d);
      return remoteEngine(d);
    },
  },
  "services-renamed": {
    from: "nothing started",
    make: async (d) => {
      await edit(d, "docker-compose.yml", (text) =>
        text
          .replaceAll(/^( {2}|\s+- )mysql(:?)$/gm, "$1db$2")
          .replaceAll(/^( {2}|\s+- )grafana(:?)$/gm, "$1dashboards$2")
          .replaceAll(/^( {2}|\s+- )devlake(:?)$/gm, "$1lake$2")
          .replaceAll(/^( {2}|\s+- )config-ui(:?)$/gm, "$1ui$2")
          .replace("mysql:3306\n", "db:3306\n")
          .replace("DEVLAKE_ENDPOINT: devlake", "DEVLAKE_ENDPOINT: lake")
          .replace("GRAFANA_ENDPOINT: grafana", "GRAFANA_ENDPOINT: dashboards"),
      );
      await edit(d, ".env", (text) => text.replaceAll("@mysql:3306", "@db:3306"));
      await d.holdPort(8080);
      await failedUp(d);
    },
  },
  "canary-secrets-everywhere": {
    from: "nothing started",
    make: async (d) => {
      await edit(d, "docker-compose.yml", (text) =>
        text
          .replace("MYSQL_PASSWORD: merico", "MYSQL_PASSWORD: 'CANARY-single-quoted-1'")
          .replace(
            "MYSQL_ROOT_PASSWORD: admin",
            "MYSQL_ROOT_PASSWORD: |\n        CANARY-block-2\n        CANARY-block-3",
          )
          .replace(
            "      #ADMIN_PASS: merico",
            "      #ADMIN_PASS: CANARY-comment-4\n      HTTP_PROXY: http://ann:CANARY-proxy-5@proxy:3128",
          ),
      );
      await edit(d, ".env", (text) =>
        text
          .replace("mysql://merico:merico@", "mysql://merico:CANARY-url-6@")
          .replace(
            /^ENCRYPTION_SECRET=.*$/m,
            'export ENCRYPTION_SECRET = "CANARY secret 7"\nGITHUB_PAT=CANARY-pat-8',
          ),
      );
      await d.holdPort(8080);
      await failedUp(d);
    },
  },
  "not-devlake": {
    from: "nothing started",
    make: (d) =>
      writeFile(
        join(d.dir, "docker-compose.yml"),
        "services:\n  web:\n    image: mysql:8\n    ports: [8081:80]\n",
      ),
  },
};
