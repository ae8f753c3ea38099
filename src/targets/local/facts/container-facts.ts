import { z } from "zod";
import { factKind, type FactKind } from "../../../core/fact.ts";
import { ContainerStateSchema } from "./fact-values.ts";

const text = z.string();
const port = z.int().min(1).max(65_535);

export const containerState = factKind(
  "local.container.{service}.state",
  ContainerStateSchema,
  "state of the service's container",
);
export const containerId = factKind("local.container.{service}.id", text, "id of the service's container");
export const containerName = factKind(
  "local.container.{service}.name",
  text,
  "name of the service's container",
);
export const containerExitCode = factKind("local.container.{service}.exit-code", z.int(), "last exit code");
export const containerFoundDead = factKind(
  "local.container.{service}.found-dead",
  z.boolean(),
  "the Engine found it dead when it was started itself, as after a crash of its host; left out when nothing shows that",
);
export const containerOomKilled = factKind(
  "local.container.{service}.oom-killed",
  z.boolean(),
  "whether the kernel ended it for want of memory",
);
export const containerError = factKind(
  "local.container.{service}.error",
  text,
  "State.Error: why the Engine could not start it",
);
export const containerRestarts = factKind("local.container.{service}.restarts", z.int(), "restart count");
export const containerPorts = factKind(
  "local.container.{service}.ports",
  z.array(port),
  "TCP host ports that the container was made with, which it will want whenever it is started",
);
export const containerHealth = factKind("local.container.{service}.health", text, "health check status");
export const containerNetworkMissing = factKind(
  "local.container.{service}.network-missing",
  z.boolean(),
  "whether it refers to a network that no longer exists, so that it cannot start",
);
export const containerNetworkCutOff = factKind(
  "local.container.{service}.network-cut-off",
  text,
  "the network that it was made for and is not connected to, so that no other service reaches it",
);

/** What the engine says of the one container of each service. */
export const containerFactKinds: readonly FactKind<unknown>[] = [
  containerState,
  containerId,
  containerName,
  containerExitCode,
  containerFoundDead,
  containerOomKilled,
  containerError,
  containerRestarts,
  containerPorts,
  containerHealth,
  containerNetworkMissing,
  containerNetworkCutOff,
];
