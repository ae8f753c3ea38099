import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import type { FactsDraft } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import { wellFacts } from "./written-facts.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

/** The backend that the Engine could not start, as it has never run, or ran before. */
const refused = (error: string | undefined, state: "created" | "exited" = "created"): FactsDraft => {
  const draft = wellFacts()
    .set(local.containerState("devlake"), state)
    .set(local.containerExitCode("devlake"), state === "created" ? 128 : 137)
    .set(local.portHolder(8080), { kind: "free" })
    .set(local.backendPhase(), "no_answer")
    .set(local.backendData(), { status: "not_asked" })
    .set(local.configUiHealth(), "backend_unreachable");
  return error === undefined ? draft : draft.set(local.containerError("devlake"), error);
};

const endpoint = "driver failed programming external connectivity on endpoint devlake-devlake-1 (0a1b): ";

// Recorded on 26.1 and 28.5, but for the last one of each kind.
const unknownErrors = [
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nosuch": stat /nosuch: no such file or directory: unknown',
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/etc/hostname" to rootfs at "/tmp": mount src=/etc/hostname, dst=/tmp, dstFd=/proc/thread-self/fd/14, flags=MS_BIND|MS_REC: not a directory: Are you trying to mount a directory onto a file (or vice-versa)?',
  "endpoint with name devlake-devlake-1 already exists in network devlake_default",
];
const addressErrors: readonly (readonly [error: string, address: string])[] = [
  [
    `${endpoint}Error starting userland proxy: listen tcp4 10.9.9.9:8080: bind: cannot assign requested address`,
    "10.9.9.9",
  ],
  [
    `${endpoint}Error starting userland proxy: listen tcp6 [2001:db8::9]:8080: bind: cannot assign requested address`,
    "2001:db8::9",
  ],
  [
    `failed to set up container networking: ${endpoint}failed to bind host port for 10.9.9.9:8080:172.17.0.2:80/tcp: cannot assign requested address`,
    "10.9.9.9",
  ],
  [
    `failed to set up container networking: ${endpoint}failed to bind host port for [2001:db8::9]:8080:172.17.0.2:80/tcp: cannot assign requested address`,
    "2001:db8::9",
  ],
  [
    `failed to set up container networking: ${endpoint}failed to bind host port 10.9.9.9:8080/tcp: cannot assign requested address`,
    "10.9.9.9",
  ],
  [
    "cannot listen on the TCP port: listen tcp4 10.9.9.9:8080: bind: cannot assign requested address",
    "10.9.9.9",
  ],
  [
    "Ports are not available: exposing port TCP 10.9.9.9:8080 -> 0.0.0.0:0: listen tcp 10.9.9.9:8080: bind: The requested address is not valid in its context.",
    "10.9.9.9",
  ],
  ["driver failed: cannot assign requested address", ""],
];
const cleared: Readonly<Record<string, string | undefined>> = {
  "an `up` that was interrupted": undefined,
  "a port that is free now": `${endpoint}Bind for 0.0.0.0:8080 failed: port is already allocated`,
  "a network that is there again, 26": "network devlake_default not found",
  "a network that is there again, 28":
    "failed to set up container networking: network 347f3407f49cc2ede63084c87628bfdbad856abd0d5595f0e0c46dbdd8778f61 not found",
  "a start that was cut off": "context canceled",
};
const states = ["created", "exited"] as const;

describe("a container that the Engine could not start", () => {
  test.each(unknownErrors)("for a reason that is not known: no step is planned, %s", (error) => {
    for (const state of states) {
      const facts = refused(error, state).facts();

      expect(planOffline(localFamily, facts).steps).toBeUndefined();
      expect(classify(facts)).toMatchObject([
        {
          class: "unknown",
          severity: "blocking",
          summary: "devlake could not be started: the engine gave a reason that is not known here",
          evidence: ["local.container.devlake.state", "local.container.devlake.error"],
          remedies: [],
        },
      ]);
    }
  });

  test("what was left behind with it is not started in its stead", () => {
    const facts = refused(unknownErrors[0])
      .set(local.containerState("config-ui"), "created")
      .set(local.configUiHealth(), "no_answer")
      .facts();

    expect(classify(facts).map((finding) => finding.class)).toEqual(["unknown", "partial_deployment"]);
    expect(planOffline(localFamily, facts).steps).toBeUndefined();
  });

  test.each(addressErrors)("for want of an address: %s", (error, address) => {
    for (const state of states) {
      const facts = refused(error, state)
        .set(local.serviceModel("devlake"), {
          ports: [{ published: 8080, target: 8080, protocol: "tcp", hostIp: address || "10.9.9.8" }],
          dependsOn: ["mysql"],
          volumes: [],
        })
        .facts();

      const [finding, ...more] = classify(facts);

      expect(more).toEqual([]);
      expect(finding).toMatchObject({ class: "endpoint_invalid", severity: "blocking", remedies: [] });
      expect(finding?.summary).toContain(
        `published on ${address === "" ? "an address" : `the address ${address}`} that`,
      );
      expect(planOffline(localFamily, facts).steps).toBeUndefined();
    }
  });

  test("once the files name that address no longer, it is recreated", () => {
    const facts = refused(addressErrors[0]?.[0])
      .set(local.containerPublished("devlake"), [
        { published: 8080, target: 8080, protocol: "tcp", hostIp: "10.9.9.9" },
      ])
      .facts();

    expect(planOffline(localFamily, facts).steps).toMatchObject([{ tool: "recreate_services" }]);
  });

  test.each(Object.entries(cleared))("%s: it is started", (_name, error) => {
    expect(planOffline(localFamily, refused(error).facts()).steps).toMatchObject([
      { tool: "start_stopped_services" },
    ]);
    expect(planOffline(localFamily, refused(error, "exited").facts()).steps).toMatchObject([
      { tool: "start_stopped_services" },
    ]);
  });

  test("of a service that DevLake does not need is no matter of DevLake's", () => {
    const facts = wellFacts()
      .set(local.services(), ["config-ui", "devlake", "grafana", "mysql", "sidecar"])
      .set(local.serviceRole("sidecar"), "other")
      .set(local.containerState("sidecar"), "exited")
      .set(local.containerError("sidecar"), unknownErrors[0] ?? "")
      .facts();

    expect(classify(facts)).toMatchObject([{ severity: "info" }]);
  });
});
