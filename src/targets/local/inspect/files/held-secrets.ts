import { commentedOut, composeSettings } from "../../masking/compose-settings.ts";
import { holderOf, secretVariablesOf, type SecretVariable } from "../../losses/container-secrets.ts";
import type { DeploymentId } from "../../../../core/records/deployment-id.ts";
import { RepairError } from "../../../../core/errors.ts";
import type { ComposeModel } from "../../ports/compose.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import type { SavedSecretsReader } from "../../../../ports/saved-secrets.ts";
import { envLines, interpolatedNames, type Sources } from "./compose-sources.ts";
import type { InspectRequest } from "../context.ts";

type Setting = readonly [name: string, value: string];

/** What is asked of a container's secrets, for an inspection and the probes that go on from it. */
export interface HeldSecrets {
  readonly isHeld: (secret: SecretVariable) => boolean;
  /** Names of further variables whose values are secrets. */
  readonly secretNames: ReadonlySet<string>;
}

/**
 * Which secrets have a copy that no step touches: in a file here, as Compose reads it or as it stands there, or saved
 * for this user. The shell is no such place, and neither are containers of others, which may be gone at any moment.
 */
export async function heldSecrets(
  request: Pick<InspectRequest, "environment" | "secretVariables" | "ports">,
  sources: Sources,
  { model, own, engineId }: Deployment,
): Promise<HeldSecrets> {
  const secretNames = new Set(request.secretVariables ?? []);
  const written = [...sources.env, ...sources.files.flatMap(writtenIn), ...(model.settings ?? [])];
  const fromShell = interpolatedNames(sources).flatMap((name) => request.environment.get(name) ?? []);
  const printed = model.services
    .flatMap(({ environment }) => Object.entries(environment))
    .filter(([name, value]) => !isOfShell(name, value, fromShell, request.environment));
  const inFiles: HeldSecrets = { isHeld: holderOf([...written, ...printed], secretNames), secretNames };
  const secrets = own.flatMap((container) => secretVariablesOf(environmentOf(container), secretNames));
  const reader = request.ports.savedSecrets;
  // Nearly always a file has them all.
  if (reader === undefined || secrets.every(inFiles.isHeld)) return inFiles;
  const isSaved = holderOf(await savedIn(reader, { engineId, project: model.project }), secretNames);
  return { isHeld: (secret) => inFiles.isHeld(secret) || isSaved(secret), secretNames };
}

interface Deployment {
  readonly model: ComposeModel;
  readonly own: readonly ContainerDetails[];
  readonly engineId: string;
}

/** What stands in a place that is not private is not believed; whoever saves there is told why not. */
async function savedIn(reader: SavedSecretsReader, deployment: DeploymentId): Promise<readonly Setting[]> {
  try {
    return await reader.read(deployment);
  } catch (thrown) {
    if (thrown instanceof RepairError) return [];
    throw thrown;
  }
}

/** The variables of a container. */
export function environmentOf({ env }: Pick<ContainerDetails, "env">): readonly Setting[] {
  return env.flatMap((entry) => {
    const at = entry.indexOf("=");
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
  });
}

function writtenIn({ role, text = "" }: Sources["files"][number]): readonly Setting[] {
  return role === "env" ? [...envLines(text), ...commentedOut(text)] : composeSettings(text);
}

/** Passed on by its name alone, or put into the value in place of a variable. */
function isOfShell(
  name: string,
  value: string,
  fromShell: readonly string[],
  environment: ReadonlyMap<string, string>,
): boolean {
  return environment.get(name) === value || fromShell.some((part) => part !== "" && value.includes(part));
}
