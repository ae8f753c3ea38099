import { describe, expect, test } from "vitest";
import { freePortBundle } from "../../../../src/targets/local/advice/free-port-bundle.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

interface Port {
  readonly published: number;
  readonly target: number;
  readonly hostIp?: string;
}

/** Facts of services with these ports, of which `taken` are held by a process and `free` by nobody. */
function factsOf(
  ports: Readonly<Record<string, readonly Port[]>>,
  taken: readonly number[],
  free: readonly number[],
): Facts {
  const draft = new FactsDraft().set(local.services(), Object.keys(ports));
  for (const [service, published] of Object.entries(ports)) {
    draft
      .set(local.serviceRole(service), service.startsWith("devlake") ? "backend" : "other")
      .set(local.serviceModel(service), {
        ports: published.map((port) => ({ ...port, protocol: "tcp" as const })),
        dependsOn: [],
        volumes: [],
      });
  }
  for (const port of taken) draft.set(local.portHolder(port), { kind: "process", name: "java" });
  for (const port of free) draft.set(local.portHolder(port), { kind: "free" });
  return draft.facts();
}

const on = (published: number, target = published): readonly Port[] => [{ published, target }];

describe("a bundle of free ports", () => {
  test("gives no port to two services", () => {
    const facts = factsOf({ a: on(9000), b: on(9001) }, [9000, 9001], [9002, 9003, 9004, 9005]);

    expect(freePortBundle(facts)).toEqual({ a: 9002, b: 9003 });
  });

  test("nor one that a web service moves to", () => {
    const facts = factsOf({ proxy: on(8084), devlake: on(8080) }, [8080, 8084], [8085, 8086]);

    expect(freePortBundle(facts)).toEqual({ devlake: 8085, proxy: 8086 });
  });

  test("nor one to two web services, which move by the same number", () => {
    const facts = factsOf(
      { devlake: on(8080), "devlake-old": on(8081, 8080) },
      [8080],
      [8085, 8086, 8087, 8088],
    );

    expect(freePortBundle(facts)).toBeUndefined();
  });

  test("but one to both addresses of one service", () => {
    const both = ["127.0.0.1", "::1"].map((hostIp) => ({ published: 9000, target: 9000, hostIp }));

    expect(freePortBundle(factsOf({ a: both }, [9000], [9001, 9002]))).toEqual({ a: 9001 });
  });

  test("is none when there is room for one of two", () => {
    expect(freePortBundle(factsOf({ a: on(9000), b: on(9001) }, [9000, 9001], [9002]))).toBeUndefined();
  });

  test("is as it was for what has been recorded", () => {
    expect(freePortBundle(recorded("port-3306-process").facts)).toEqual({ mysql: 3307 });
    expect(freePortBundle(recorded("port-8080-and-next-bundle-taken").facts)).toEqual({
      devlake: 8086,
      grafana: 3005,
      "config-ui": 4005,
    });
  });
});
