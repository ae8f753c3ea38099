import { openDockerEngine } from "../../../src/adapters/docker/dockerode-engine.ts";

/**
 * Prints the status of the Engine at DOCKER_HOST as a user without rights sees it: root, whom no mode
 * stops, becomes nobody first. Everything is loaded before, as nobody may not be allowed to read it.
 */
await import("dockerode");
if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
const engine = await openDockerEngine({ env: process.env, home: "/nonexistent", platform: process.platform });
process.stdout.write(JSON.stringify(await engine.status()));
