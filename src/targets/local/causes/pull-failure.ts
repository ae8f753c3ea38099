export interface PullFailure {
  /** What went wrong, in few words, with what can be done. */
  readonly cause: string;
  readonly transient: boolean;
}

/**
 * Why an image could not be pulled, by the words of engines, registries and Compose (Docker 24 to 29, Compose 1.29 to
 * 5.5, Docker Hub, GHCR, Harbor); undefined for words that none of these have.
 */
export function pullFailureOf(said: string): PullFailure | undefined {
  const found = causes.find(([pattern]) => pattern.test(said));
  if (found === undefined) return undefined;
  const [pattern, describe, transient = false] = found;
  return { cause: describe(said, pattern.exec(said)?.[1]), transient };
}

type Cause = readonly [
  pattern: RegExp,
  describe: (said: string, first: string | undefined) => string,
  transient?: boolean,
];

const causes: readonly Cause[] = [
  [
    /toomanyrequests|too many requests|pull rate limit/i,
    (said) => {
      const after = /retry-after["']?: *["']?(\d{1,7}(?:\.\d{1,9})?) ?(µs|us|ms|s|m|h)?/i.exec(said);
      const wait = after === null ? "" : `, which asks to wait ${after[1] ?? ""} ${after[2] ?? "s"}`;
      return `the registry's pull rate limit is reached${wait}: wait, or log in with \`docker login\``;
    },
  ],
  [
    /no matching manifest for (\S{1,60})/i,
    (_said, platform) => `the registry has no image for ${platform ?? "this platform"} by that name`,
  ],
  [
    /manifest unknown|manifest for \S+ not found|not found: manifest|repository does not exist|: not found\b/i,
    () => "the registry has no image of that name and tag: check them in the Compose file",
  ],
  [
    /pull access denied|unauthorized|authentication required|denied: /i,
    () =>
      "the registry denies access to that image, or has none: check its name, or log in with `docker login`",
  ],
  [
    /no such host|server misbehaving|temporary failure in name resolution/i,
    () => "the name of the registry could not be looked up: check the network and DNS of the engine's host",
    true,
  ],
  [/no space left on device/i, () => "the disk of the engine is full"],
  [
    /x509: |certificate (?:signed by|has expired)/i,
    () => "the registry's certificate is not trusted by the engine",
  ],
  [
    /i\/o timeout|TLS handshake timeout|connection (?:refused|reset by peer)|context deadline exceeded|Client\.Timeout|unexpected EOF|network is unreachable|no route to host/i,
    () => "the registry was not reached",
    true,
  ],
];
