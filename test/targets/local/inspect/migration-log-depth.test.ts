import { expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, readFact } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import type { ReadPorts } from "../../../../src/targets/local/inspect/context.ts";
import { wellBeing } from "../../../../src/targets/local/inspect/well-being.ts";
import type { ContainerDetails } from "../../../../src/targets/local/ports/docker.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

// DevLake v1.0.2, without stack traces.
const script =
  'time="2026-11-30 15:59:41" level=info msg=" [migrator] applying migration script addX:20240611000001"';
const failed =
  'time="2026-11-30 15:59:42" level=error msg="failed to execute migration\\n\\tcaused by: Error 1060 (42S21): Duplicate column name \'x\' (500)\\n"';
const asked = [
  'time="2026-11-30 15:59:43" level=error msg="HTTP 503 error\\n\\tcaused by: service is not ready: migrating (503)\\n"',
  '[GIN] 2026/11/30 - 15:59:43 | 503 |     441.963µs |       127.0.0.1 | GET      "/ready"',
];
const container = {
  id: "d",
  state: "running",
  restarts: 3,
  env: [],
  image: "devlake.docker.scarf.sh/apache/devlake:v1.0.2",
  labels: { "com.docker.compose.service": "devlake" },
} as unknown as ContainerDetails;

function look(lines: readonly string[], mostLines = Infinity) {
  const ports = {
    clock: new FakeClock(),
    docker: {
      endpoint: { address: "unix:///var/run/docker.sock" },
      inspect: async () => container,
      logs: async (_id: string, tail: number) => {
        if (tail > mostLines) throw new Error("the answer is too large");
        return lines.slice(-tail);
      },
    },
    http: {
      get: async (url: string) =>
        url.endsWith("/ready")
          ? { kind: "answer", status: 503, body: "service is not ready: migrating (503)" }
          : { kind: "answer", status: 200, body: '{"database": "ok"}' },
    },
  } as unknown as ReadPorts;
  const seen = new FactsDraft(new Map([...recorded("healthy").facts].filter(([id]) => !isLooked(id))))
    .set(local.containerRestarts("devlake"), container.restarts)
    .facts();
  return wellBeing(seen, ports, { own: [container], aheadMs: 0 }, (text) => text);
}

const isLooked = (id: string): boolean => id.startsWith("local.log.") || id.startsWith("local.backend.data");

test.each([0, 400, 3_000])("a migration that failed is told after %i questions about it", async (times) => {
  const facts = await look([script, failed, ...Array.from({ length: times }, () => asked).flat()]);

  expect(readFact(facts, local.backendMigration())).toBe("failed");
  expect(classify(facts)).toMatchObject([
    {
      class: "migration_failed",
      // It has been started anew, and that is not what ails it.
      summary:
        "devlake does not come up: a database migration failed: Error 1060 (42S21): Duplicate column name 'x'",
      remedies: [],
    },
  ]);
});

test("where the Engine's answer would be too large, what stands nearer to the end is read all the same", async () => {
  const facts = await look([script, failed, ...asked], 2_000);

  expect(readFact(facts, local.backendMigration())).toBe("failed");
});
