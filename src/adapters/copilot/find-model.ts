import type { Policy } from "../../core/policy/policy.ts";
import type { ModelLookup } from "../../ports/model.ts";
import { findGitHubToken } from "./copilot-github-token.ts";
import { createCopilotModel } from "./copilot-model.ts";
import { checkProvider, ownProviders, type OwnProvider } from "./copilot-providers.ts";
import { ADD_SDK, isRuntimeLeftOut, isSdkInstalled, system } from "./copilot-sdk.ts";
import type { Environment } from "../process/run-command.ts";
import type { RunCommand } from "../process/command.ts";

export interface ModelSearch {
  readonly env: Environment;
  readonly policyModel: Policy["model"] | undefined;
  /** For `gh auth token` alone. */
  readonly run: RunCommand;
  readonly homeDirectory: string;
  /** Which planner wants it: what nobody asked for is not talked to without need. */
  readonly planner: "auto" | "copilot";
}

/**
 * Finds the model to ask, quickly and without starting anything but `gh auth token`. What the policy says
 * about a model comes first, then the environment, then GitHub Copilot with the user's token:
 *
 * - GH_DEVLAKE_MODEL_PROVIDER: copilot, openai (all that speak its protocol), azure-openai, anthropic, ollama
 * - GH_DEVLAKE_MODEL: the model's name at its provider (Azure: of the deployment)
 * - GH_DEVLAKE_MODEL_BASE_URL: where the provider answers
 * - GH_DEVLAKE_MODEL_API_KEY: its key; keys come from the environment alone
 *
 * The environment fills in what the policy leaves out. Never rejects.
 */
export async function findModel(search: ModelSearch): Promise<ModelLookup> {
  const { env, policyModel } = search;
  if (!isSdkInstalled()) return absent("@github/copilot-sdk is not installed", ADD_SDK);
  if (isRuntimeLeftOut())
    return absent(`@github/copilot-sdk comes without a runtime for ${system}`, ELSEWHERE);
  const asked = policyModel?.provider ?? read(env, "GH_DEVLAKE_MODEL_PROVIDER");
  const name = policyModel?.name ?? read(env, "GH_DEVLAKE_MODEL");
  if (asked === undefined && read(env, "GH_DEVLAKE_MODEL_BASE_URL") !== undefined) {
    return absent("GH_DEVLAKE_MODEL_BASE_URL is set, but not whose address it is", `set ${CHOOSE}`);
  }
  if (asked === undefined || asked === "copilot") return findCopilot(search, name);
  if (!isOwnProvider(asked)) {
    return absent(`${JSON.stringify(asked.slice(0, 100))} is no provider of models`, `set ${CHOOSE}`);
  }
  return findOwn(search, asked, name);
}

const ELSEWHERE = "go on without a model, or ask one on Linux with an x64 processor";

const CHOOSE = `GH_DEVLAKE_MODEL_PROVIDER to one of copilot, ${ownProviders.join(", ")}`;

function findOwn(search: ModelSearch, provider: OwnProvider, name: string | undefined): ModelLookup {
  const { env, policyModel } = search;
  const confirmedUrl = read(env, "GH_DEVLAKE_MODEL_BASE_URL");
  const checked = checkProvider({
    provider,
    name,
    baseUrl: policyModel?.baseUrl ?? confirmedUrl,
    apiKey: read(env, "GH_DEVLAKE_MODEL_API_KEY"),
    confirmedUrl,
    isWanted: search.planner === "copilot",
  });
  if (checked.kind === "bad") return absent(checked.reason, checked.hint);
  return {
    kind: "ready",
    model: createCopilotModel({
      model: checked.name,
      provider: checked.label,
      access: { kind: "own", provider: checked.config },
      environment: env,
    }),
  };
}

async function findCopilot(search: ModelSearch, name: string | undefined): Promise<ModelLookup> {
  const found = await findGitHubToken(search);
  if (found.kind === "none") return absent(found.reason, `${found.hint}; or set ${CHOOSE}`);
  return {
    kind: "ready",
    model: createCopilotModel({
      model: name,
      provider: "copilot",
      access: { kind: "github", token: found.token },
      environment: search.env,
    }),
  };
}

function isOwnProvider(name: string): name is OwnProvider {
  return ownProviders.some((known) => known === name);
}

function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function absent(reason: string, hint: string): ModelLookup {
  return { kind: "absent", reason, hint };
}
