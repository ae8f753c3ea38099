import { expect, it } from "vitest";
import { pullFailureOf } from "../../../../src/targets/local/causes/pull-failure.ts";

it.each([
  [
    "Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating",
    /^the registry's pull rate limit is reached: wait, or log in/,
    false,
  ],
  ["toomanyrequests: retry-after: 213.48ms, allowed: 44000/minute", /asks to wait 213\.48 ms/, false],
  ["Error response from daemon: manifest unknown", /no image of that name and tag/, false],
  [
    "Error response from daemon: manifest for mysql:nosuch not found: manifest unknown: manifest unknown",
    /no image of that name/,
    false,
  ],
  [
    'Error response from daemon: failed to resolve reference "docker.io/library/mysql:nosuch": docker.io/library/mysql:nosuch: not found',
    /no image of that name/,
    false,
  ],
  [
    "no matching manifest for linux/arm64/v8 in the manifest list entries",
    /no image for linux\/arm64\/v8/,
    false,
  ],
  [
    "Error response from daemon: pull access denied for acme/lake, repository does not exist or may require 'docker login'",
    /denies access|no image/,
    false,
  ],
  ["dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host", /could not be looked up/, true],
  ["net/http: TLS handshake timeout", /was not reached/, true],
  ["failed to register layer: write /usr/x: no space left on device", /disk of the engine is full/, false],
])("%s", (said, cause, transient) => {
  const failure = pullFailureOf(said);

  expect(failure?.cause).toMatch(cause);
  expect(failure?.transient).toBe(transient);
});

it("says nothing of words that it does not know", () => {
  expect(pullFailureOf("something else")).toBeUndefined();
});
