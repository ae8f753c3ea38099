import { FactsDraft, type Facts } from "../../../../core/fact.ts";
import {
  backendSecret,
  composeCommand,
  composeProject,
  composeStatus,
  projectVolumes,
  serviceModel,
  serviceRole,
  services,
} from "../../facts/local-facts.ts";
import { maskImage } from "../../facts/interpolated-image.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import { roleOf } from "../../facts/service-role.ts";
import type { ComposeCommand, ComposeConfigOutcome, ComposeModel } from "../../ports/compose.ts";
import { NO_COMPOSE } from "../../facts/compose-version.ts";

/** How what Compose said, and paths that it named, may be seen; the texts that images are made from, and whole ones. */
export interface ComposeShown {
  readonly redact: Redact;
  readonly words: (message: string) => Promise<string>;
  readonly path: (path: string) => string;
  readonly images: readonly string[];
  readonly writtenImages: readonly string[];
}

/** What Compose makes of the deployment's files, or why it cannot. */
export async function composeFacts(outcome: ComposeConfigOutcome, shown: ComposeShown): Promise<Facts> {
  const draft = new FactsDraft();
  switch (outcome.kind) {
    case "valid":
      return draft.set(composeStatus(), { status: "valid" }).merge(modelFacts(outcome.model, shown)).facts();
    case "no_compose_file":
      return draft.set(composeStatus(), { status: "missing" }).facts();
    case "env_file_missing":
      return draft
        .set(composeStatus(), {
          status: "env_file_missing",
          path: shown.path(outcome.path),
          message: await shown.words(outcome.message),
        })
        .facts();
    case "invalid":
    case "unavailable":
      return draft
        .set(composeStatus(), { status: outcome.kind, message: await shown.words(outcome.message) })
        .facts();
  }
}

/** Which Compose it is that was asked. */
export function commandFacts(command: ComposeCommand | undefined): Facts {
  const draft = new FactsDraft();
  if (command !== undefined) return draft.set(composeCommand(), command).facts();
  return draft.unavailable(composeCommand(), NO_COMPOSE).facts();
}

function modelFacts(model: ComposeModel, { redact, images, writtenImages }: ComposeShown): Facts {
  const draft = new FactsDraft()
    .set(composeProject(), model.project)
    .set(projectVolumes(), model.volumes.map(redact).sort())
    .set(services(), model.services.map(({ name }) => name).sort());
  const jobs = new Set(model.services.flatMap(({ dependsOnEndOf = [] }) => dependsOnEndOf));
  for (const service of model.services) {
    const role = roleOf(service.name, service.image, Object.keys(service.environment ?? {}));
    draft.set(serviceRole(service.name), role).set(serviceModel(service.name), {
      ...(service.image !== undefined && { image: redact(maskImage(service.image, images, writtenImages)) }),
      ports: [...service.ports],
      dependsOn: [...service.dependsOn],
      ...(service.restart !== undefined && { restart: redact(service.restart) }),
      volumes: service.volumes.map(redact),
      ...(service.provider !== undefined && { provider: redact(service.provider) }),
      ...(service.buildsImage === true && { buildsImage: true as const }),
      ...(jobs.has(service.name) && { runsOnce: true as const }),
    });
    if (role === "backend") draft.set(backendSecret(), secretStatus(service.environment));
  }
  return draft.facts();
}

// ENCODE_KEY was the name up to v0.17 (DevLake commit e8777aa72 renamed it).
function secretStatus(environment: Readonly<Record<string, string>>): "set" | "empty" | "absent" {
  const value = environment["ENCRYPTION_SECRET"] ?? environment["ENCODE_KEY"];
  if (value === undefined) return "absent";
  return value === "" ? "empty" : "set";
}
