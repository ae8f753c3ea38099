import { FactsDraft, type Facts } from "../src/core/fact.ts";
import * as kinds from "../src/targets/local/facts/local-facts.ts";

/**
 * Facts of a project of `count` services, every other one of which was created and not started
 * because a process of the host holds its port: as many findings as that. Each `version` has names of its own.
 */
export function largeFacts(count: number, version: number): Facts {
  const names = Array.from({ length: count }, (_, index) =>
    index === 0 ? "devlake" : `svc-${version}-${index}`,
  );
  const services = names.map((name, index) => ({
    name,
    port: 10_000 + index * 10,
    isBlocked: index % 2 === 1,
  }));
  const blocks = services.map(
    ({ name, port }) => `  ${name}:\n    image: x\n    ports:\n      - ${port}:80\n`,
  );
  const draft = new FactsDraft()
    .set(kinds.engineStatus(), "reachable")
    .set(kinds.composeStatus(), { status: "valid" })
    .set(kinds.composeProject(), "large")
    .set(kinds.composeSources(), [{ path: "docker-compose.yml", role: "compose" }])
    .set(kinds.composeSource("docker-compose.yml"), { text: `services:\n${blocks.join("")}` })
    .set(kinds.shellVariables(), {})
    .set(kinds.services(), names)
    .set(kinds.stateFile(), { status: "absent" })
    .set(kinds.strayContainers(), [])
    .set(kinds.projectNetworks(), [])
    .set(kinds.projectVolumes(), [])
    .set(kinds.backendSecret(), "set")
    .set(kinds.backendPhase(), "ready")
    .set(kinds.projectNetworkStates(), [])
    .set(kinds.projectVolumeStates(), [])
    .set(kinds.surplusContainers(), [])
    .set(kinds.containerSecrets(), []);
  for (const { name, port, isBlocked } of services) {
    draft
      .set(kinds.serviceModel(name), {
        image: "x",
        ports: [{ published: port, target: 80, protocol: "tcp" }],
        dependsOn: [],
        volumes: [],
      })
      .set(kinds.serviceRole(name), name === "devlake" ? "backend" : "other")
      .set(kinds.containerState(name), isBlocked ? "created" : "running")
      .set(kinds.containerPorts(name), [port])
      .set(kinds.containerPublished(name), [{ published: port, target: 80, protocol: "tcp" }])
      .set(kinds.containerChanges(name), [])
      .set(kinds.serviceSettings(name), [])
      .set(kinds.serviceWaits(name), [])
      .set(kinds.serviceImage(name), {
        wanted: "x",
        present: true,
        isDigest: false,
        running: "x",
        moved: false,
      })
      .set(
        kinds.portHolder(port),
        isBlocked ? { kind: "process", name: "java" } : { kind: "own", service: name },
      )
      .set(kinds.portHolder(port + 1), { kind: "free" })
      .set(kinds.portHolder(port + 2), { kind: "free" });
  }
  return draft.facts();
}
