import { describe, expect, test } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import { recorded } from "../../../plan/recorded-facts.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

const healthy = (): FactsDraft => new FactsDraft(recorded("healthy").facts);
const cutOff = (draft: FactsDraft, ...services: readonly string[]): FactsDraft => {
  for (const service of services) draft.set(local.containerNetworkCutOff(service), "devlake_default");
  return draft;
};

describe("a container that runs without its network", () => {
  test("is never called healthy, even when every health check passes", () => {
    const facts = cutOff(healthy(), "mysql").facts();

    expect(classify(facts)).toMatchObject([
      {
        class: "network_cut_off",
        severity: "blocking",
        summary: "mysql is cut off from the network devlake_default, so no other service reaches it",
        evidence: ["local.container.mysql.network-cut-off", "local.container.mysql.state"],
      },
    ]);
    expect(classify(facts)[0]?.nextSteps).toEqual([
      "connect it again, which keeps the container and restarts nothing: `docker network connect --alias mysql devlake_default devlake-mysql-1`",
      "then run again: `gh devlake repair`",
    ]);
    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });

  test("is the cause of what the others cannot do, which is no finding of its own", () => {
    const facts = cutOff(healthy(), "mysql", "devlake")
      .set(local.backendPhase(), "no_answer")
      .set(local.configUiHealth(), "backend_unreachable")
      .facts();

    expect(classify(facts)).toMatchObject([
      {
        class: "network_cut_off",
        summary: expect.stringMatching(/^(devlake, mysql|mysql, devlake) are cut off/),
      },
    ]);
  });

  test("is repaired where it is recreated for other ports", () => {
    const facts = cutOff(healthy(), "grafana")
      .set(local.containerPorts("grafana"), [3004])
      .set(local.containerPublished("grafana"), [{ published: 3004, target: 3000, protocol: "tcp" }])
      .facts();

    expect(tools(facts)).toEqual(["recreate_services"]);
  });

  test("is no success of a creation that leaves it so", () => {
    const facts = cutOff(healthy(), "mysql").facts();

    expect(catalog.retry_local_compose_up.verify({ services: ["mysql"] }, facts)).toMatchObject([
      { fact: "local.container.mysql.network-cut-off" },
    ]);
    expect(catalog.retry_local_compose_up.verify({ services: ["mysql"] }, healthy().facts())).toEqual([]);
  });
});

test.each(["running", "exited", "created", "restarting", "paused"] as const)(
  "a container that is %s off its network is connected again, where the facts name the network",
  (state) => {
    const facts = cutOff(healthy(), "mysql")
      .set(local.containerState("mysql"), state)
      .set(local.containerNetworksLacking("mysql"), [
        { network: "devlake_default", id: "n1", aliases: ["mysql"] },
      ])
      .facts();

    expect(classify(facts)).toMatchObject([
      { class: "network_cut_off", remedies: [{ tool: "reconnect_networks", args: { services: ["mysql"] } }] },
    ]);
    expect(catalog.reconnect_networks.check({ services: ["mysql"] }, facts)).toEqual([]);
  },
);

describe("a stopped container without its network", () => {
  const facts = cutOff(healthy(), "grafana")
    .set(local.containerSecrets(), [])
    .set(local.containerState("grafana"), "exited")
    .set(local.grafanaHealth(), "no_answer")
    .facts();

  test("is neither started as it is nor removed with its environment: a person connects it", () => {
    expect(classify(facts)).toMatchObject([{ class: "network_cut_off", remedies: [] }]);
    expect(classify(facts)[0]?.nextSteps).toEqual([
      "connect it again, which keeps the container and restarts nothing: `docker network connect --alias grafana devlake_default devlake-grafana-1`",
      "then start what is stopped: `docker start devlake-grafana-1`",
      "then run again: `gh devlake repair`",
    ]);
    expect(tools(facts)).toBeUndefined();
  });

  test("is so too when it was made and never started, as Engine 29 leaves it after a failed start", () => {
    const made = new FactsDraft(facts).set(local.containerState("grafana"), "created").facts();

    expect(classify(made)).toMatchObject([{ class: "network_cut_off" }]);
    expect(tools(made)).toBeUndefined();
  });

  test("is no obstacle to moving its port, which makes it anew", () => {
    const taken = new FactsDraft(recorded("port-8080-process").facts)
      .set(local.containerNetworkCutOff("devlake"), "devlake_default")
      .facts();

    expect(tools(taken)).toEqual(tools(recorded("port-8080-process").facts));
    expect(tools(taken)).toContain("rewrite_local_ports_to_alt_bundle");
  });

  test("is refused by the tools that would start it as it is", () => {
    const { start_stopped_services, cleanup_partial_local_artifacts } = catalog;
    const refusal = [{ fact: "local.container.grafana.network-cut-off" }];

    expect(start_stopped_services.check({ services: ["grafana"] }, facts)).toMatchObject(refusal);
    expect(cleanup_partial_local_artifacts.check({ services: ["grafana"], containers: [] }, facts)).toEqual(
      [],
    );
    expect(
      cleanup_partial_local_artifacts
        .reads({ services: ["grafana"], containers: [] }, facts)
        .map(({ id }) => id),
    ).toContain("local.container.grafana.network-cut-off");
  });
});

function tools(facts: Facts): readonly string[] | undefined {
  return planOffline(localFamily, facts).steps?.map(({ tool }) => tool);
}
