import { applyPatch, createTwoFilesPatch } from "diff";
import * as fc from "../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { digestBytes, digestFacts, digestJson } from "../../src/core/text/digest.ts";
import {
  endpointsOf,
  isFoundWithoutStateFile,
  sameEndpoints,
} from "../../src/targets/local/facts/endpoints.ts";
import { FactsDraft, readFact, unavailableReason } from "../../src/core/fact.ts";
import { FACTS_API_VERSION, FactsBundleSchema, factsOfBundle } from "../../src/core/facts-bundle.ts";
import { healthReports, withHealth, withRunning } from "../../src/targets/local/health/healthy-facts.ts";
import { canonicalJson, sameJson } from "../../src/core/text/json.ts";
import { factKindIn } from "../../src/core/fact-ids.ts";
import * as local from "../../src/targets/local/facts/local-facts.ts";
import { alternativePort } from "../../src/targets/local/facts/port-bundle.ts";
import { roleOf } from "../../src/targets/local/facts/service-role.ts";
import { unifiedDiff } from "../../src/core/text/unified-diff.ts";
import { recorded } from "../plan/recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

describe("facts", () => {
  test("are read back as they were set, unavailable ones with their reason, sorted by id", () => {
    const facts = new FactsDraft()
      .set(local.portHolder(8080), { kind: "free" })
      .unavailable(local.backendPhase(), "no answer")
      .facts();

    expect([...facts.keys()]).toEqual(["local.backend.phase", "local.port.8080.holder"]);
    expect(readFact(facts, local.portHolder(8080))).toEqual({ kind: "free" });
    expect(readFact(facts, local.backendPhase())).toBeUndefined();
    expect(unavailableReason(facts, local.backendPhase())).toBe("no answer");
  });

  test("of the wrong shape are refused where they are made", () => {
    const draft = new FactsDraft();

    expect(() => draft.set(local.containerRestarts("devlake"), 1.5)).toThrow();
    expect(() => draft.set(local.portHolder(1), { kind: "free", extra: 1 } as never)).toThrow();
  });

  test("an id belongs to one kind, also with dots in its parameter", () => {
    expect(factKindIn(localFamily.factKinds, "local.compose.source.docker-compose.override.yml")).toBe(
      local.localFactKinds.find(({ pattern }) => pattern === "local.compose.source.{path}"),
    );
    expect(factKindIn(localFamily.factKinds, "local.compose.sources")?.pattern).toBe("local.compose.sources");
    expect(factKindIn(localFamily.factKinds, "local.nothing")).toBeUndefined();
  });
});

describe("a facts bundle", () => {
  const bundle = {
    apiVersion: FACTS_API_VERSION,
    kind: "FactsBundle",
    collectedAt: "2026-11-22T10:15:00Z",
    executor: { version: "0.1.0" },
    target: { kind: "local", directory: ".", identity: { volumes: [] } },
  } as const;

  test("names every fact that it should not hold", () => {
    const facts = {
      "local.port.8080.holder": { value: { kind: "nobody" } },
      "local.made.up": { value: 1 },
      "local.backend.phase": { unavailable: "no answer" },
    };
    const parsed = FactsBundleSchema.parse({ ...bundle, facts });

    expect(factsOfBundle(parsed, localFamily.factKinds).problems.map(({ path }) => path)).toEqual([
      "facts.local.made.up",
      "facts.local.port.8080.holder",
    ]);
  });

  test.each([
    ["another version", { ...bundle, apiVersion: "devlake-repair.facts/v2", facts: {} }],
    ["an unknown field", { ...bundle, facts: {}, extra: 1 }],
    ["no facts", bundle],
    ["a fact that is neither", { ...bundle, facts: { "local.backend.phase": {} } }],
  ])("is refused with %s", (_name, value) => {
    expect(FactsBundleSchema.safeParse(value).success).toBe(false);
  });
});

describe("canonical JSON", () => {
  test("does not depend on the order of keys, at any depth", () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(digestJson({ a: 1, b: 2 })).toBe(digestJson({ b: 2, a: 1 }));
  });

  test("means the same as the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(JSON.parse(canonicalJson(a))).toEqual(JSON.parse(JSON.stringify(a)));
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  test.each([
    [{ 10: "b", 9: "a", x: undefined }, '{"10":"b","9":"a"}'],
    [
      { b: [undefined, { d: 1, c: undefined }], a: new Date(0) },
      '{"a":"1970-01-01T00:00:00.000Z","b":[null,{"d":1}]}',
    ],
    [{ "\u{1F600}": 1, "\uFB33": 2 }, '{"\u{1F600}":1,"\uFB33":2}'],
  ])("sorts what JSON.stringify would leave: %j", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});

describe("a draft of facts", () => {
  const changes = fc.array(
    fc.record({
      port: fc.integer({ min: 1, max: 40 }),
      change: fc.constantFrom("free", "taken", "remove", "read"),
    }),
    { maxLength: 30 },
  );

  test("are sorted by id whatever was changed, and stay as they were handed out", () => {
    fc.assert(
      fc.property(changes, changes, (first, second) => {
        const draft = change(new FactsDraft(), first);
        const before = draft.facts();
        const copy = [...before];
        const after = change(new FactsDraft(before), second).facts();
        change(draft, second);

        expect([...before]).toEqual(copy);
        expect(draft.facts()).toEqual(after);
        for (const facts of [before, after]) expect([...facts.keys()]).toEqual([...facts.keys()].sort());
        expect(digestFacts(after)).toBe(digestJson(Object.fromEntries(after)));
        expect(digestFacts(new Map([...after].reverse()))).toBe(digestFacts(after));
      }),
    );
  });
});

test("a digest is lower-case hex with its algorithm in front", () => {
  expect(digestBytes("")).toBe("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("ports move to where gh devlake looks by itself, then up", () => {
  expect([
    alternativePort(8080, 8080, 0),
    alternativePort(3002, 3000, 0),
    alternativePort(4000, 4000, 0),
  ]).toEqual([8085, 3004, 4004]);
  expect([
    alternativePort(8080, 8080, 2),
    alternativePort(3306, 3306, 0),
    alternativePort(3306, 3306, 1),
  ]).toEqual([8087, 3307, 3308]);
});

test.each([
  ["lake", "devlake.docker.scarf.sh/apache/devlake:v1.0.2", "backend"],
  ["x", "registry:5000/apache/devlake-dashboard@sha256:00", "grafana"],
  ["x", "apache/devlake-config-ui", "config-ui"],
  ["db", "mysql:8", "database"],
  ["db", "mariadb:10.11", "database"],
  ["devlake", undefined, "backend"],
  ["config-ui", "local/build:1", "config-ui"],
  ["web", "nginx", "other"],
])("service %s with image %s is the %s", (name, image, role) => {
  expect(roleOf(name, image)).toBe(role);
});

const at = (...[backend, grafana, configUi]: readonly number[]) =>
  isFoundWithoutStateFile({
    backend: `http://localhost:${backend}`,
    grafana: `http://localhost:${grafana}`,
    configUi: `http://localhost:${configUi}`,
  });

describe("endpoints", () => {
  test("are those that the Compose model publishes", () => {
    expect(endpointsOf(recorded("healthy").facts)).toEqual({
      backend: "http://localhost:8080",
      grafana: "http://localhost:3002",
      configUi: "http://localhost:4000",
    });
    expect(endpointsOf(recorded("not-devlake").facts)).toBeUndefined();
  });

  test("are found without a state file only as one of two sets", () => {
    expect([at(8080, 3002, 4000), at(8085, 3004, 4004), at(8085, 3002, 4000), at(8086, 3005, 4005)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("a slash at the end and endpoints that are not named make no difference", () => {
    const actual = { backend: "http://localhost:8080", grafana: "http://localhost:3002" };

    expect(sameEndpoints({ backend: "http://localhost:8080/" }, actual)).toBe(true);
    expect(sameEndpoints({ backend: "http://localhost:8085" }, actual)).toBe(false);
    expect(sameEndpoints({ grafana: "http://localhost:3002" }, actual)).toBe(false);
  });
});

describe("simulated health", () => {
  test("a healthy deployment passes every check; one that only runs is not called healthy", () => {
    const stopped = recorded("all-stopped").facts;
    const running = withRunning(stopped, ["mysql", "devlake", "grafana", "config-ui"]);

    expect(healthReports(recorded("healthy").facts).every(({ healthy }) => healthy)).toBe(true);
    expect(healthReports(running).every(({ healthy }) => healthy)).toBe(false);
    expect(
      healthReports(withHealth(running, { how: "start", started: [] })).every(({ healthy }) => healthy),
    ).toBe(true);
    expect(readFact(running, local.portHolder(8080))).toEqual({ kind: "own", service: "devlake" });
  });
});

test("a diff names the file plainly and is empty when nothing differs", () => {
  expect(unifiedDiff("a.yml", "x\n", "x\n")).toBe("");
  expect(unifiedDiff("a.yml", "x\ny\n", "x\nz\n")).toBe(
    "--- a.yml\n+++ a.yml\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n",
  );
});

describe("a diff of many changes", () => {
  const line = fc.constantFrom("a", "b", "    ports:", "      - 8080:80");
  const texts = fc.array(fc.tuple(line, fc.boolean()), { minLength: 60, maxLength: 200 }).map((lines) => ({
    before: lines.map(([text], index) => `${index} ${text}\n`).join(""),
    after: lines.map(([text, changes], index) => `${index} ${text}${changes ? "!" : ""}\n`).join(""),
  }));

  test("is the one that the search for the shortest finds", () => {
    fc.assert(
      fc.property(texts, ({ before, after }) => {
        const found = createTwoFilesPatch("f", "f", before, after, undefined, undefined, { context: 3 });
        expect(hunks(unifiedDiff("f", before, after))).toBe(hunks(found));
      }),
      { numRuns: 50 },
    );
  });

  test("leads from one text to the other, also where lines come and go", () => {
    fc.assert(
      fc.property(texts, fc.nat(59), fc.boolean(), ({ before, after }, place, isEnded) => {
        const lines = after.split("\n");
        const other =
          [...lines.slice(0, place), "new", ...lines.slice(place + 2)].join("\n") + (isEnded ? "\n" : "");
        expect(applyPatch(before, unifiedDiff("f", before, other))).toBe(other);
      }),
      { numRuns: 50 },
    );
  });
});

function change(
  draft: FactsDraft,
  list: readonly { readonly port: number; readonly change: string }[],
): FactsDraft {
  for (const { port, change: what } of list) {
    if (what === "free") draft.set(local.portHolder(port), { kind: "free" });
    if (what === "taken") draft.set(local.portHolder(port), { name: "x", kind: "process" });
    if (what === "remove") draft.remove(local.portHolder(port));
    if (what === "read") draft.facts();
  }
  return draft;
}

function hunks(patch: string): string {
  return patch.includes("@@") ? patch.slice(patch.indexOf("@@")) : "";
}
