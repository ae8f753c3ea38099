import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { portErrorOf } from "../../../../src/targets/local/causes/port-error.ts";
import { FactsDraft } from "../../../../src/core/fact.ts";
import type { PortHolder } from "../../../../src/targets/local/facts/fact-values.ts";
import { containerError, portHolder } from "../../../../src/targets/local/facts/local-facts.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

const endpoint = "driver failed programming external connectivity on endpoint devlake-devlake-1 (0a1b): ";
const process = { port: 8080, holder: "process" };
const container = { port: 8080, holder: "container" };

const texts: Readonly<Record<string, readonly [text: string, expected: unknown]>> = {
  "Docker 20 to 27, process": [
    `${endpoint}Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use`,
    process,
  ],
  "Docker 20 to 27, IPv6": [
    `${endpoint}Error starting userland proxy: listen tcp6 [::]:8080: bind: address already in use`,
    process,
  ],
  "Docker 20 to 27, container": [
    `${endpoint}Bind for 0.0.0.0:8080 failed: port is already allocated`,
    container,
  ],
  "Docker 20 to 27, one address": [
    `${endpoint}Bind for 127.0.0.1:8080 failed: port is already allocated`,
    container,
  ],
  "Docker 28, process": [
    `failed to set up container networking: ${endpoint}failed to bind host port for 0.0.0.0:8080:172.18.0.3:8080/tcp: address already in use`,
    process,
  ],
  "Docker 28, short form": [
    `failed to set up container networking: ${endpoint}failed to bind host port 0.0.0.0:8080/tcp: address already in use`,
    process,
  ],
  "Docker 28, container": [
    `failed to set up container networking: ${endpoint}Bind for 0.0.0.0:8080 failed: port is already allocated`,
    container,
  ],
  "Docker Desktop": [
    "Ports are not available: exposing port TCP 0.0.0.0:8080 -> 0.0.0.0:0: listen tcp 0.0.0.0:8080: bind: address already in use",
    process,
  ],
  "Docker Desktop, newer": [
    "Ports are not available: exposing port TCP 0.0.0.0:8080 -> 127.0.0.1:0: /forwards/expose returned unexpected status: 500",
    process,
  ],
  "Docker Desktop, Windows": [
    "Ports are not available: listen tcp 0.0.0.0:8080: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.",
    process,
  ],
  rootless: [
    `${endpoint}Error starting userland proxy: error while calling PortManager.AddPort(): listen tcp4 0.0.0.0:8080: bind: address already in use`,
    process,
  ],
  Podman: ["rootlessport listen tcp 0.0.0.0:8080: bind: address already in use", process],
  "Docker 26, one IPv6 address": [
    `${endpoint}Error starting userland proxy: listen tcp6 [::1]:8080: bind: address already in use`,
    process,
  ],
  "Docker 26, IPv6, container": [
    `${endpoint}Bind for [::1]:8080 failed: port is already allocated`,
    container,
  ],
  "Docker 20, IPv6 as libnetwork wrote it": [
    `${endpoint}Bind for :::8080 failed: port is already allocated`,
    container,
  ],
  "Docker 28, one IPv6 address": [
    `failed to set up container networking: ${endpoint}failed to bind host port for [::1]:8080:[fd00::2]:80/tcp: address already in use`,
    process,
  ],
  "Docker 29, IPv6": [
    `failed to set up container networking: ${endpoint}failed to bind host port [::]:8080/tcp: address already in use`,
    process,
  ],
  "Docker Desktop, IPv6": [
    "Ports are not available: exposing port TCP [::1]:8080 -> 127.0.0.1:0: listen tcp [::1]:8080: bind: address already in use",
    process,
  ],
  "Podman 5": ["cannot listen on the TCP port: listen tcp4 :8080: bind: address already in use", process],
  "an address that this host does not have": [
    `failed to set up container networking: ${endpoint}failed to bind host port 192.0.2.7:8080/tcp: cannot assign requested address`,
    undefined,
  ],
  "an address that this host does not have, Docker Desktop on Windows": [
    "Ports are not available: exposing port TCP 192.0.2.7:8080 -> 0.0.0.0:0: listen tcp 192.0.2.7:8080: bind: The requested address is not valid in its context.",
    undefined,
  ],
  "something else": [
    'OCI runtime create failed: exec: "lake": executable file not found in $PATH',
    undefined,
  ],
  "a privileged port": [
    "cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80'",
    undefined,
  ],
  nothing: ["", undefined],
};

test.each(Object.entries(texts))("%s", (_name, [text, expected]) => {
  expect(portErrorOf(text)).toEqual(expected);
});

test("no part of an IPv6 address is taken for the port", () => {
  expect(
    portErrorOf("Error starting userland proxy: listen tcp6 [::1]:18086: bind: address already in use"),
  ).toEqual({ port: 18086, holder: "process" });
});

describe("a container that was made and not started because of its port", () => {
  const base = recorded("half-created-port-now-free").facts;
  const unknown: PortHolder = { kind: "unknown", reason: "the engine is on another host" };
  const classesWith = (holder: PortHolder, error: string): readonly string[] =>
    classify(
      new FactsDraft(base).set(portHolder(8080), holder).set(containerError("devlake"), error).facts(),
    ).map((finding) => finding.class);

  test.each(Object.entries(texts).filter(([, [, expected]]) => expected !== undefined))(
    "%s: free now is a half-made project, unseen a conflict",
    (_name, [text, expected]) => {
      expect(classesWith({ kind: "free" }, text)).toEqual(["partial_deployment"]);
      expect(classesWith(unknown, text)).toEqual([
        expected === container ? "port_conflict_container" : "port_conflict_host_process",
      ]);
      expect(classesWith({ kind: "process", name: "java" }, text)).toEqual(["port_conflict_host_process"]);
    },
  );

  test("an error about another port says nothing about this one", () => {
    expect(
      classesWith(unknown, `${endpoint}Bind for 0.0.0.0:9999 failed: port is already allocated`),
    ).toEqual(["partial_deployment"]);
  });
});
