import path from "node:path";
import type { Environment } from "../process/run-command.ts";
import type { RunCommand } from "../process/command.ts";
import { readUserFile } from "../files/user-files.ts";

/** The order of the GitHub Copilot CLI. */
const variables = ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"] as const;

const GH_MS = 2000;

/** OAuth, user-to-server and fine-grained personal tokens (docs.github.com, "About authentication to GitHub"). */
const usable = /^(?:gho_|ghu_|github_pat_)[A-Za-z0-9_]{16,255}$/;

export type GitHubToken =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none"; readonly reason: string; readonly hint: string };

const LOG_IN = "log in with `gh auth login`, or set COPILOT_GITHUB_TOKEN to a token that may use Copilot";

interface TokenSearch {
  readonly env: Environment;
  readonly homeDirectory: string;
  readonly run: RunCommand;
}

/** The token that Copilot would be asked with; the first place that has one decides, as it does for `gh`. */
export async function findGitHubToken({ env, homeDirectory, run }: TokenSearch): Promise<GitHubToken> {
  for (const name of variables) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "") return judged(value, name);
  }
  const stored = await tokenOfCopilotCli(env["COPILOT_HOME"] ?? path.join(homeDirectory, ".copilot"));
  if (stored !== undefined) return { kind: "token", token: stored };
  const gh = await run("gh", ["auth", "token", "--hostname", "github.com"], { timeoutMs: GH_MS }).catch(
    () => ({ kind: "failed" as const }),
  );
  switch (gh.kind) {
    case "not_found":
      return none("no GitHub token is set, and gh is not installed");
    case "failed":
    case "broken_off":
      return none("no GitHub token is set, and gh could not be asked");
    case "timed_out":
      return none(`gh did not give its token within ${GH_MS / 1000} s`);
    case "exited": {
      const value = gh.stdout.trim();
      if (gh.exitCode !== 0 || value === "") return none("no GitHub token is set, and gh is not logged in");
      return judged(value, "gh auth token");
    }
  }
}

const MAX_CONFIG_BYTES = 256 * 1024;

/**
 * The login of the Copilot CLI where the machine has no keychain: then its settings hold the token, under
 * a key that no documentation names and that has changed, so it is told by its form.
 */
async function tokenOfCopilotCli(directory: string): Promise<string | undefined> {
  const file = path.join(directory, "config.json");
  try {
    const text = (await readUserFile(file, MAX_CONFIG_BYTES)).toString("utf8");
    const strings = [...text.matchAll(/"([A-Za-z0-9_]+)"/g)];
    return strings.map(([, value = ""]) => value).find((value) => usable.test(value));
  } catch {
    // There is none, or none for us: then it is as if nobody had logged in there.
    return undefined;
  }
}

/** What cannot work is told now and not after a start of the runtime and a round trip. */
function judged(token: string, from: string): GitHubToken {
  if (usable.test(token)) return { kind: "token", token };
  if (token.startsWith("ghp_")) {
    return none(`the token of ${from} is a classic one (ghp_), which Copilot does not accept`);
  }
  if (token.startsWith("ghs_")) {
    return none(`the token of ${from} is a GitHub App's (ghs_), which no Copilot licence belongs to`);
  }
  return none(
    `the value of ${from} is no token of a GitHub user: those begin with gho_, ghu_ or github_pat_`,
  );
}

function none(reason: string): GitHubToken {
  return { kind: "none", reason, hint: LOG_IN };
}
