import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { errnoCode } from "../../core/errors.ts";
import type { KeyEnvironment } from "../signing/signing-key-path.ts";

/** An account on GitHub, as this machine states it. */
export interface GhIdentity {
  readonly host: string;
  readonly login: string;
}

const MAX_BYTES = 256 * 1024;

/** One host of gh's hosts.yml; what else stands there, such as tokens, is never looked at. */
const HostsSchema = z.record(z.string(), z.looseObject({ user: z.string().min(1).max(100).optional() }));

/**
 * The GitHub account of whoever runs this, without any call over the network, which could hang: a run
 * of GitHub Actions names who started it; elsewhere gh's own file says who is logged in
 * (https://cli.github.com/manual/gh_help_environment). undefined when it is not known: nobody is
 * logged in, or a token from the environment is used, which does not say whose it is.
 */
export async function ghIdentity(where: KeyEnvironment): Promise<GhIdentity | undefined> {
  const { env } = where;
  const actor = env["GITHUB_ACTOR"] ?? "";
  if (env["GITHUB_ACTIONS"] === "true" && actor !== "") {
    return { host: hostOf(env["GITHUB_SERVER_URL"]), login: actor };
  }
  if (["GH_TOKEN", "GITHUB_TOKEN"].some((name) => (env[name] ?? "") !== "")) return undefined;
  const hosts = await readHosts(path.join(configDirectory(where), "hosts.yml"));
  const named = env["GH_HOST"] ?? "";
  // Where nothing is named gh takes github.com, and the only other host there is.
  const host = named !== "" ? named : "github.com" in hosts ? "github.com" : onlyKeyOf(hosts);
  const login = host === undefined ? undefined : hosts[host]?.user;
  return host === undefined || login === undefined ? undefined : { host, login };
}

function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : "github.com";
}

function configDirectory({ env, homeDirectory, platform }: KeyEnvironment): string {
  const set = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const xdg = set("XDG_CONFIG_HOME");
  const appData = platform === "win32" ? set("APPDATA") : undefined;
  return (
    set("GH_CONFIG_DIR") ??
    (xdg !== undefined
      ? path.join(xdg, "gh")
      : appData !== undefined
        ? path.join(appData, "GitHub CLI")
        : path.join(homeDirectory, ".config", "gh"))
  );
}

/** Empty for a file that is not there, not gh's, or not to be read: who approves is a note, no gate. */
async function readHosts(file: string): Promise<z.infer<typeof HostsSchema>> {
  let text: string;
  try {
    const entry = await stat(file);
    if (!entry.isFile() || entry.size > MAX_BYTES) return {};
    text = await readFile(file, "utf8");
  } catch (thrown) {
    if (errnoCode(thrown) === undefined) throw thrown;
    return {};
  }
  try {
    return HostsSchema.safeParse(parse(text, { maxAliasCount: 0 })).data ?? {};
  } catch {
    // Not YAML. What the parser says would quote the file, which holds tokens.
    return {};
  }
}

function onlyKeyOf(hosts: Readonly<Record<string, unknown>>): string | undefined {
  const [first, ...more] = Object.keys(hosts);
  return more.length === 0 ? first : undefined;
}
