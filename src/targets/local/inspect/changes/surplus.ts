import type { SurplusContainer } from "../../facts/change-facts.ts";
import type { ComposeModel, ComposeService } from "../../ports/compose.ts";
import type { Container } from "../../ports/docker.ts";
import { isLeftover, ONE_OFF_LABEL, PROJECT_LABEL, SERVICE_LABEL } from "../containers.ts";
import { numberOf, objectOf } from "./setting.ts";

const NUMBER_LABEL = "com.docker.compose.container-number";

/** Containers of the project that are none of those that the files want of each service; what no service has is not told here. */
export function surplusOf(model: ComposeModel, all: readonly Container[]): SurplusContainer[] {
  const own = all.filter(({ labels }) => labels[PROJECT_LABEL] === model.project);
  const oneOffs = own.filter(isOneOff);
  const leftovers = own.filter((container) => !isOneOff(container) && isLeftover(container));
  const proper = own.filter((container) => !isOneOff(container) && !isLeftover(container));
  const surplus = model.services.flatMap((service) =>
    proper
      .filter(({ labels }) => labels[SERVICE_LABEL] === service.name)
      .sort(
        (a, b) => Number(b.state === "running") - Number(a.state === "running") || numberIn(a) - numberIn(b),
      )
      .slice(wantedNumber(service)),
  );
  return [
    ...oneOffs.map((container) => told(container, "one_off")),
    ...leftovers.map((container) => told(container, "leftover")),
    ...surplus.map((container) => told(container, "surplus")),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function told({ name, labels, state }: Container, kind: SurplusContainer["kind"]): SurplusContainer {
  return { name, service: labels[SERVICE_LABEL] ?? "", state, kind };
}

function isOneOff({ labels }: Container): boolean {
  return labels[ONE_OFF_LABEL]?.toLowerCase() === "true";
}

function numberIn({ labels }: Container): number {
  return Number(labels[NUMBER_LABEL] ?? 1);
}

/** `deploy.replicas`, else `scale`, else one. A service of a profile that is off is in no printed model. */
export function wantedNumber({ printed = {} }: ComposeService): number {
  const deploy = printed["deploy"];
  const replicas = typeof deploy === "object" ? numberOf(objectOf(deploy)["replicas"]) : undefined;
  return replicas ?? numberOf(printed["scale"]) ?? 1;
}
