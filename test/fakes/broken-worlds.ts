import { FakeWorld } from "./fake-world.ts";

export const composeText = `# the deployment of the platform team
services:
  mysql:
    image: mysql:8
    volumes:
      - mysql-storage:/var/lib/mysql
    restart: always
    ports:
      - 3306:3306
    environment:
      MYSQL_ROOT_PASSWORD: admin
      MYSQL_PASSWORD: merico

  grafana:
    image: devlake.docker.scarf.sh/apache/devlake-dashboard:v1.0.2
    ports:
      - 3002:3000 # grafana
    volumes:
      - grafana-storage:/var/lib/grafana
    environment:
      GF_SERVER_ROOT_URL: "http://localhost:4000/grafana"
      MYSQL_PASSWORD: merico
    restart: always
    depends_on:
      - mysql

  devlake:
    image: devlake.docker.scarf.sh/apache/devlake:v1.0.2
    ports:
      - "8080:8080"
    restart: always
    env_file:
      - ./.env
    environment:
      LOGGING_DIR: /app/logs
    depends_on:
      - mysql

  config-ui:
    image: devlake.docker.scarf.sh/apache/devlake-config-ui:v1.0.2
    ports:
      - 4000:4000
    env_file:
      - ./.env
    environment:
      DEVLAKE_ENDPOINT: devlake:8080
    depends_on:
      - devlake

volumes:
  mysql-storage:
  grafana-storage:
`;

export const secret = "QWERTZUIOPASDFGHJKLYXCVBNMQWERTZ";

export const envText = `# Lake Database Connection String
DB_URL="mysql://merico:merico@mysql:3306/lake?charset=utf8mb4"
PORT=8080
ENCRYPTION_SECRET="${secret}"
`;

export const stateText = `{
  "deployedAt": "2026-11-01T09:00:00Z",
  "method": "local",
  "endpoints": {
    "backend": "http://localhost:8080",
    "grafana": "http://localhost:3002",
    "configUi": "http://localhost:4000"
  },
  "note": "kept by hand"
}
`;

/** Files of a deployment of which nothing has been started. */
export function freshWorld(): FakeWorld {
  const world = new FakeWorld();
  world.put("docker-compose.yml", composeText, 0o640);
  world.put(".env", envText, 0o600);
  return world;
}

/** A deployment that runs and is healthy, with data in its volumes. */
export function healthyWorld(): FakeWorld {
  const world = freshWorld();
  const config = world.config();
  if (config.kind !== "valid") throw new Error(config.message);
  world.engine.up(config.model);
  for (const name of world.engine.volumes.keys()) world.engine.volumes.set(name, `data of ${name}`);
  world.clock.pass(60_000);
  return world;
}

/** Runs a foreign container or process on a port. */
export function takePort(world: FakeWorld, port: number, by: "process" | "container"): void {
  if (by === "process") {
    world.engine.listeners.set(port, "java");
    return;
  }
  const holder = world.engine.add({
    name: `jenkins-${port}`,
    image: "jenkins",
    project: "ci",
    service: "jenkins",
    ports: [{ published: port, protocol: "tcp" }],
  });
  holder.state = "running";
}

/** The backend's port is taken by somebody else and `compose up` failed on it. */
export function portConflictWorld(port = 8080, by: "process" | "container" = "process"): FakeWorld {
  const world = freshWorld();
  takePort(world, port, by);
  const config = world.config();
  if (config.kind !== "valid") throw new Error(config.message);
  world.engine.up(config.model);
  for (const name of world.engine.volumes.keys()) world.engine.volumes.set(name, `data of ${name}`);
  world.clock.pass(60_000);
  return world;
}

/** Healthy once; then these services were stopped. */
export function stoppedWorld(
  services: readonly string[] = ["mysql", "grafana", "devlake", "config-ui"],
): FakeWorld {
  const world = healthyWorld();
  for (const service of services) {
    const container = world.engine.ofService(world.project, service);
    if (container === undefined) throw new Error(`no container of ${service}`);
    container.state = "exited";
    container.exitCode = 137;
  }
  return world;
}

/** An engine that was restored without its networks and with a dead container. */
export function brokenContainersWorld(): FakeWorld {
  const world = stoppedWorld();
  world.engine.networks.clear();
  const dead = world.engine.ofService(world.project, "grafana");
  if (dead !== undefined) dead.state = "dead";
  world.engine.add({
    name: "devlake-old-1",
    image: "devlake",
    project: world.project,
    service: "old",
    state: "created",
  });
  return world;
}

/** Healthy once; then the database and the backend were disconnected from their network, and run on. */
export function cutOffWorld(services: readonly string[] = ["mysql", "devlake"]): FakeWorld {
  const world = healthyWorld();
  world.engine.generation = 29;
  for (const service of services) {
    const container = world.engine.ofService(world.project, service);
    if (container === undefined) throw new Error(`no container of ${service}`);
    container.networkIds = [];
  }
  return world;
}
