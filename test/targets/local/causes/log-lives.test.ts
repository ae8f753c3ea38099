import { expect, test } from "vitest";
import { causeInLog } from "../../../../src/targets/local/causes/log-lives.ts";

const begins = "Version:  v1.0.2@abcdef0";
const failed = 'time="2026-11-30 16:36:54" level=info msg="failed to initialize database, got error x"';
const panicked = "goroutine 1 [running]:";
const refused = "Wraps: (2) dial tcp 172.18.0.5:3306: connect: connection refused";
const old = [begins, failed, refused, panicked];

// Two streams of a container come to one log in no sure order: what was written first may stand last.
test("an end that is not known here stays what the service died of, wherever the lines of its life stand", () => {
  for (const life of [
    [begins, failed, panicked],
    [begins, panicked, failed],
  ])
    for (const present of [[], [begins], [begins, failed]])
      expect(causeInLog("backend", [...old, ...life, ...present])?.pattern.cause).toBe(
        "it ends with an error that is not known here",
      );
});
