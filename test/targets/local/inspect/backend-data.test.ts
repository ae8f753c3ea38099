import { describe, expect, test } from "vitest";
import { dataHealth } from "../../../../src/targets/local/health/data-health.ts";
import { FactsDraft } from "../../../../src/core/fact.ts";
import type { BackendData } from "../../../../src/targets/local/facts/fact-values.ts";
import { backendData } from "../../../../src/targets/local/facts/local-facts.ts";
import { readBackendData } from "../../../../src/targets/local/inspect/backend-data.ts";
import type { HttpAnswer } from "../../../../src/ports/http.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

type Said = readonly [status: number, body: string] | "silent";

/*
 * Answers of DevLake v0.21, v1.0.2 and main on MariaDB and MySQL 9.7, as recorded: status and begin of the body.
 * Long stack traces are cut, rows are fewer.
 */
const trace =
  "attached stack trace\\n  -- stack trace:\\n  | github.com/apache/incubator-devlake/impls/dalgorm";
const good: Said = [200, '{"code":0,"success":true,"message":"good","causes":null,"data":null}'];
const noRow: Said = [200, '{"blueprints":[],"count":0}'];
const noPipeline: Said = [200, '{"count":0,"pipelines":[]}'];
const plugins: Said = [
  200,
  '[{"plugin":"github","metric":{"runAfter":null}},{"plugin":"jenkins","metric":null},{"plugin":"org","metric":null},{"plugin":"webhook","metric":null}]',
];
const absent: Said = [404, "404 page not found"];
const row = '[{"name":"GitHub - octo-org","id":1,"token":"","secretKey":""}]';
const secretJson: Said = [
  500,
  `{"code":0,"success":false,"message":"${trace}\\nWraps: (3) invalid encryptionSecret"}`,
];
const refusedJson: Said = [
  500,
  `{"code":0,"success":false,"message":"${trace}\\nWraps: (2) dial tcp 127.0.0.1:3306: connect: connection refused (500)"}`,
];
const timeoutJson: Said = [
  500,
  '{"code":0,"success":false,"message":"timeout reading from pipelines (500)"}',
];
const login: Said = [401, '{"message":"unauthorized","success":false}'];

const well: Readonly<Record<string, Said>> = {
  "/health": good,
  "/blueprints": noRow,
  "/pipelines": noPipeline,
  "/plugins": plugins,
  "/plugins/github/connections": [200, row],
  "/plugins/jenkins/connections": [200, "[]"],
  "/plugins/webhook/connections": [200, '[{"name":"webhook one","id":1}]'],
};

interface Asked {
  readonly data: BackendData;
  readonly paths: readonly string[];
  readonly tookMs: number;
}

/** What says nothing takes all the time that it is given, and others that are asked meanwhile pass by. */
async function ask(says: Readonly<Record<string, Said>>): Promise<Asked> {
  const clock = new FakeClock();
  const paths: string[] = [];
  let until = 0;
  const get = async (path: string, timeoutMs: number): Promise<HttpAnswer> => {
    paths.push(path);
    const said = says[path.split("?")[0] ?? ""] ?? absent;
    if (said !== "silent") return { kind: "answer", status: said[0], location: undefined, body: said[1] };
    const end = clock.monotonicMs() + timeoutMs;
    await Promise.resolve();
    if (end > until) clock.pass(end - Math.max(until, clock.monotonicMs()));
    until = Math.max(until, end);
    return { kind: "no_answer", error: `no complete answer within ${timeoutMs} ms`, timedOut: true };
  };
  const data = await readBackendData(get, clock);
  return { data, paths, tookMs: clock.monotonicMs() };
}

function healthOf(data: BackendData) {
  return dataHealth(new FactsDraft().set(backendData(), data).facts());
}

describe("recorded answers", () => {
  const cases: Readonly<Record<string, readonly [Readonly<Record<string, Said>>, object, boolean]>> = {
    "first start, v1.0.2": [well, { health: "good", blueprints: "good", connections: {} }, true],
    "first start, v0.21, where /health is /ping": [
      { ...well, "/health": [200, ""] },
      { health: "absent" },
      true,
    ],
    "secret changed, connections only": [
      {
        ...well,
        "/plugins/github/connections": [500, row],
        "/plugins/jenkins/connections": [500, '[{"name":"jenkins","id":1,"password":""}]'],
      },
      { health: "good", connections: { github: "secret", jenkins: "secret" } },
      false,
    ],
    "secret changed, disabled blueprint": [
      {
        ...well,
        "/health": secretJson,
        "/blueprints": [500, ""],
        "/pipelines": secretJson,
        "/plugins/github/connections": [500, row],
      },
      { health: "secret", blueprints: "nothing", pipelines: "secret", connections: { github: "secret" } },
      false,
    ],
    "database stopped while running": [
      {
        ...well,
        "/health": refusedJson,
        "/blueprints": [500, ""],
        "/pipelines": refusedJson,
        "/plugins/github/connections": [500, "[]"],
        "/plugins/jenkins/connections": [500, "[]"],
        "/plugins/webhook/connections": [500, "[]"],
      },
      {
        health: "database",
        blueprints: "nothing",
        pipelines: "database",
        connections: { github: "database", jenkins: "database", webhook: "database" },
      },
      false,
    ],
    "a plugin that panics over a short token": [
      { ...well, "/plugins/github/connections": [500, ""] },
      { connections: { github: "nothing" } },
      false,
    ],
    "AUTH_ENABLED on main": [
      {
        "/health": good,
        "/blueprints": login,
        "/pipelines": login,
        "/plugins": login,
      },
      { health: "good", blueprints: "login", pipelines: "login", plugins: "login", connections: {} },
      true,
    ],
    "AUTH_ENABLED, and the database is down": [
      { "/health": refusedJson, "/blueprints": login, "/pipelines": login, "/plugins": login },
      { health: "database" },
      false,
    ],
    "a full disk: all can be read": [well, { health: "good" }, true],
    "a redirect, which is not followed": [
      { ...well, "/pipelines": [302, ""] },
      { pipelines: "nothing" },
      false,
    ],
  };

  test.each(Object.entries(cases))("%s", async (_name, [says, shape, healthy]) => {
    const { data } = await ask(says);

    expect(data).toMatchObject({ status: "asked", unread: 0, ...shape });
    expect(healthOf(data).healthy).toBe(healthy);
  });

  test("a database that hangs: /health says so after 5 s, the others say nothing, and it ends in 7 s", async () => {
    const { data, tookMs } = await ask({
      ...well,
      "/health": timeoutJson,
      "/blueprints": "silent",
      "/pipelines": "silent",
      "/plugins/github/connections": "silent",
    });

    expect(data).toMatchObject({ health: "database", blueprints: "silent", unread: 4 });
    expect(tookMs).toBeLessThanOrEqual(7_000);
    expect(healthOf(data).observed).toContain("no answer in time for blueprints");
  });
});

test("nothing of a body is kept", async () => {
  const { data } = await ask({
    ...well,
    "/plugins/github/connections": [500, row.replace("octo-org", "CANARY")],
  });

  expect(JSON.stringify(data)).not.toMatch(/CANARY|octo-org|token/);
});

test("what a backend calls a plugin does not get into a path, and no answer makes it ask without end", async () => {
  const names = Array.from({ length: 500 }, (_, index) => `{"plugin":"p${index}"}`).join(",");
  const odd = '{"plugin":"../../etc"},{"plugin":"a b"},{"plugin":"x\\"y"},{"plugin":"ok/../x"}';

  const { data, paths } = await ask({ ...well, "/plugins": [200, `[${odd},${names}]`] });

  expect(paths.filter((path) => !/^\/[\w/-]+(?:\?page=1&pageSize=10)?$/.test(path))).toEqual([]);
  expect(paths.length).toBeLessThan(100);
  expect(data).toMatchObject({ unread: 420 });
  expect(healthOf(data)).toEqual({
    healthy: true,
    observed: "readable as far as asked; not read: connections of 420 plugins",
  });
});
