import type { ProviderConfig } from "@github/copilot-sdk";

export const ownProviders = ["openai", "azure-openai", "anthropic", "ollama"] as const;
export type OwnProvider = (typeof ownProviders)[number];

/** What is said about a provider of one's own, from wherever; nothing of it is checked yet. */
export interface OwnSettings {
  readonly provider: OwnProvider;
  readonly name: string | undefined;
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  /** An address that the environment names: the user's own word that a key may go there. */
  readonly confirmedUrl: string | undefined;
  /** Whether a person wants a model to be asked now; else nobody's address but a known one is talked to. */
  readonly isWanted: boolean;
}

export type CheckedProvider =
  | { readonly kind: "ok"; readonly name: string; readonly label: string; readonly config: ProviderConfig }
  | { readonly kind: "bad"; readonly reason: string; readonly hint: string };

interface Kind {
  readonly type: "openai" | "azure" | "anthropic";
  /** Where it answers when nobody says otherwise. */
  readonly home: string | undefined;
  readonly needsKey: boolean;
  /** Makes what people write (without a slash at its end) to what the runtime adds the rest of the path to. */
  readonly complete: (address: string) => string;
}

const asItIs = (address: string): string => address;
/** Ollama's own documentation gives its address without the path of the protocol. */
const withVersion = (address: string): string =>
  new URL(address).pathname === "/" ? `${address}/v1` : address;
const withoutVersion = (address: string): string => address.replace(/\/(?:openai\/)?v1$/, "");

const kinds: Readonly<Record<OwnProvider, Kind>> = {
  openai: { type: "openai", home: "https://api.openai.com/v1", needsKey: false, complete: asItIs },
  "azure-openai": { type: "azure", home: undefined, needsKey: true, complete: withoutVersion },
  anthropic: {
    type: "anthropic",
    home: "https://api.anthropic.com",
    needsKey: true,
    complete: withoutVersion,
  },
  ollama: { type: "openai", home: "http://127.0.0.1:11434", needsKey: false, complete: withVersion },
};

/**
 * Checks all that can be checked without asking anybody: the runtime takes any name, type and address, and
 * a wrong one costs 20 s of retries. A policy file may come with a checkout, so it may name a provider's
 * address but not lead a key there: only the provider's own and one that the environment names get it.
 */
export function checkProvider(settings: OwnSettings): CheckedProvider {
  const { provider, name, apiKey, confirmedUrl } = settings;
  const kind = kinds[provider];
  if (name === undefined) {
    return bad(`no model is named for ${provider}`, "set GH_DEVLAKE_MODEL, or `model.name` in the policy");
  }
  if (!/^[\w.:/@+-]{1,200}$/.test(name)) {
    return bad(`${quoted(name)} is no name of a model`, "name it as its provider does, without spaces");
  }
  const address = settings.baseUrl ?? kind.home;
  if (address === undefined) {
    return bad(
      `no address is set for ${provider}`,
      "set GH_DEVLAKE_MODEL_BASE_URL, such as https://NAME.openai.azure.com",
    );
  }
  const url = parseUrl(address);
  if (url === undefined) {
    return bad(
      `${quoted(withoutUserInfo(address))} is no address of a provider`,
      "give an http or https address without user name, query and fragment",
    );
  }
  const isConfirmed = url.origin === originOf(confirmedUrl);
  const isHome = settings.baseUrl === undefined || url.origin === originOf(kind.home);
  if (apiKey === undefined) {
    if (kind.needsKey || (isHome && provider === "openai")) {
      return bad(`no key is set for ${provider}`, "set GH_DEVLAKE_MODEL_API_KEY");
    }
  } else if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    return bad(
      "GH_DEVLAKE_MODEL_API_KEY is no key: it has spaces or other characters that no key has",
      "set it anew",
    );
  } else if (!isHome && !isConfirmed) {
    return bad(
      `the policy would send the key to ${url.origin}, and the environment does not name that address`,
      `if that is right, set GH_DEVLAKE_MODEL_BASE_URL=${url.href}`,
    );
  } else if (url.protocol === "http:" && !isLoopback(url)) {
    return bad(`the key would go to ${url.origin} unencrypted`, "use an https address");
  }
  if (!settings.isWanted && !isHome && !isConfirmed && !isLoopback(url)) {
    return bad(
      `the policy names a model at ${url.origin}, and the environment does not`,
      `to ask it, set GH_DEVLAKE_MODEL_BASE_URL=${url.href} or give --planner copilot`,
    );
  }
  return {
    kind: "ok",
    name,
    label: `${provider} at ${url.host}`,
    config: {
      type: kind.type,
      baseUrl: kind.complete(url.href.replace(/\/+$/, "")),
      ...(apiKey !== undefined && { apiKey }),
    },
  };
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  return url;
}

function originOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : URL.parse(text)?.origin;
}

/** Also told by its name, for nothing is looked up. */
function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(url.hostname);
}

function withoutUserInfo(address: string): string {
  return address.replace(/\/\/[^/]*@/, "//").replace(/[?#].*$/s, "");
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 100)}...`);
}

function bad(reason: string, hint: string): CheckedProvider {
  return { kind: "bad", reason, hint };
}
