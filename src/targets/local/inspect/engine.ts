import { FactsDraft, type Facts } from "../../../core/fact.ts";
import {
  engineEndpoint,
  engineError,
  engineId,
  engineStatus,
  engineVersion,
  probeHost,
} from "../facts/local-facts.ts";
import type { DockerReader, EngineStatus } from "../ports/docker.ts";

/** Whether the engine answers, which one it is, and where published ports are reached. */
export function engineFacts(docker: DockerReader, status: EngineStatus): Facts {
  const draft = new FactsDraft()
    .set(engineEndpoint(), docker.endpoint)
    .set(probeHost(), hostOfEngine(docker.endpoint.address))
    .set(engineStatus(), status.kind);
  if (status.kind !== "reachable") return draft.set(engineError(), status.error).facts();
  const { version, apiVersion, os, arch } = status;
  return draft.set(engineVersion(), { version, apiVersion, os, arch }).set(engineId(), status.id).facts();
}

/** Ports are published on the engine's host, which is this one unless the address says otherwise. */
export function hostOfEngine(address: string): string {
  const remote = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(address)?.[1];
  return remote === undefined || remote === "localhost" ? "127.0.0.1" : remote;
}

export function isLocalEngine(address: string): boolean {
  return ["127.0.0.1", "[::1]"].includes(hostOfEngine(address));
}
