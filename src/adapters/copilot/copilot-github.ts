import { setTimeout as wait } from "node:timers/promises";
import type { CopilotClient } from "@github/copilot-sdk";

/** The runtime itself would wait for GitHub without end. */
const PATIENCE_MS = 5000;

const NO_COPILOT =
  "GitHub did not let this token use Copilot: it is not valid, its account has no Copilot, or api.github.com cannot be reached";

/**
 * Why Copilot cannot be asked with the client's token, for people; undefined when it can. A model that the
 * account does not have is told here: the runtime would silently ask another one.
 */
export async function githubProblem(
  client: CopilotClient,
  model: string | undefined,
): Promise<string | undefined> {
  const isLetIn = await inTime(client.getAuthStatus().then((status) => status.isAuthenticated));
  if (isLetIn !== true) return NO_COPILOT;
  if (model === undefined) return undefined;
  const offered = await inTime(client.listModels().then((models) => models.map(({ id }) => id)));
  if (offered === undefined) return "GitHub did not say which models this account has";
  if (offered.includes(model)) return undefined;
  return `this account has no model ${model} at GitHub Copilot; it has ${offered.slice(0, 20).join(", ")}`;
}

/** Undefined when it takes too long or fails: in either case GitHub gave no answer that is one. */
async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  const limit = new AbortController();
  try {
    return await Promise.race([
      answer.catch(() => undefined),
      wait(PATIENCE_MS, undefined, { signal: limit.signal }),
    ]);
  } finally {
    limit.abort();
  }
}
