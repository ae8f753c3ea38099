import { expect, test } from "vitest";
import { FactsDraft } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import type { ReadPorts } from "../../../../src/targets/local/inspect/context.ts";
import { wellBeing } from "../../../../src/targets/local/inspect/well-being.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

/** The longest that a look waits for an answer to each path, in milliseconds. */
async function patience(cutOff: "mysql" | "devlake" | undefined): Promise<ReadonlyMap<string, number>> {
  const asked = new Map<string, number>();
  const ports = {
    clock: new FakeClock(),
    docker: { endpoint: { address: "unix:///var/run/docker.sock" } },
    http: {
      get: async (url: string, timeoutMs: number) => {
        asked.set(new URL(url).pathname, timeoutMs);
        return { kind: "answer", status: 200, body: "" };
      },
    },
  } as unknown as ReadPorts;
  const draft = new FactsDraft(recorded("healthy").facts);
  if (cutOff !== undefined) draft.set(local.containerNetworkCutOff(cutOff), "devlake_default");
  await wellBeing(draft.facts(), ports, { own: [], aheadMs: 0 }, (text) => text);
  return asked;
}

test("nobody waits long for the data of a database, or for a way to a backend, that is off its network", async () => {
  const usual = await patience(undefined);
  const withoutDatabase = await patience("mysql");
  const withoutBackend = await patience("devlake");

  expect([usual.get("/health"), usual.get("/api/ping")]).toEqual([7_000, 4_000]);
  expect([withoutDatabase.get("/health"), withoutDatabase.get("/api/ping")]).toEqual([1_000, 4_000]);
  expect([withoutBackend.get("/health"), withoutBackend.get("/api/ping")]).toEqual([7_000, 1_000]);
});
