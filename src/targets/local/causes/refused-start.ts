import { readFact, type Facts } from "../../../core/fact.ts";
import { containerError, containerName, serviceModel } from "../facts/local-facts.ts";
import { portErrorOf } from "./port-error.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Attempt, StandingCause } from "./attempt.ts";

/**
 * A published port is bound to an address that the engine's host does not have. Texts of Docker 20 to 29 (recorded on
 * 26.1 and 28.5), Docker Desktop on Windows, and Podman 5, which names no port's protocol.
 */
const addresses = [
  /(?:listen (?:tcp|udp)[46]? |failed to bind host port (?:for )?)(\[[^\]\s]{1,60}\]|[^\s:[\]]{1,60}):\d{1,5}\b.{0,120}(?:cannot assign requested address|requested address is not valid in its context)/,
  /()(?:cannot assign requested address|requested address is not valid in its context)/,
];

/** Rootless Docker and Podman may not bind ports below 1024 (rootlesskit's and the kernel's words). */
const privilegedPort =
  /cannot expose privileged port (\d{1,4})\b|listen (?:tcp|udp)[46]? [^ ]{1,60}:(\d{1,3}): bind: permission denied/;

/**
 * What the next start finds otherwise, or may: a network that is there again or that Compose makes, and a start that
 * was only cut off. Ports are looked at themselves. Recorded on 26.1 and 28.5, but for the last.
 */
const passed = /\bnetwork \S{1,255} not found\b|^context canceled$/;

/**
 * Why the Engine could not start a container, where starting it again would fail alike: it wrote why, and nothing shows
 * that it has changed. An error is gone with the next start that succeeds.
 */
export function refusedStart(facts: Facts, service: string, how: Attempt["how"]): StandingCause | undefined {
  const error = readFact(facts, containerError(service));
  if (error === undefined) return undefined;
  const address = missingAddress(error);
  if (address !== undefined)
    return how === "up" && isCorrected(facts, service, address)
      ? undefined
      : noAddress(facts, service, address);
  const privileged = privilegedPort.exec(error);
  if (privileged !== null) return noPrivilege(service, Number(privileged[1] ?? privileged[2]));
  if (portErrorOf(error) !== undefined || passed.test(error)) return undefined;
  return {
    ...refused(service),
    class: "unknown",
    cause: "the engine gave a reason that is not known here",
    isUnknown: true,
    nextSteps: [
      `see what the engine said: \`docker inspect ${nameOf(facts, service)} --format '{{.State.Error}}'\``,
      `correct what it names, then start it: \`docker start ${nameOf(facts, service)}\``,
    ],
  };
}

/** The address without brackets; empty where the text does not name it. */
function missingAddress(error: string): string | undefined {
  for (const pattern of addresses) {
    const found = pattern.exec(error)?.[1];
    if (found !== undefined) return found.replace(/^\[(.*)\]$/, "$1");
  }
  return undefined;
}

/** The files name it no longer: Compose makes the container again without it. */
function isCorrected(facts: Facts, service: string, address: string): boolean {
  const model = readFact(facts, serviceModel(service));
  return address !== "" && model?.ports.every(({ hostIp }) => hostIp !== address) === true;
}

function noAddress(facts: Facts, service: string, address: string): StandingCause {
  const named = address === "" ? "an address" : `the address ${address}`;
  return {
    ...refused(service),
    class: "endpoint_invalid",
    cause: `its port is published on ${named} that the engine's host does not have`,
    isUnknown: false,
    evidence: [containerError(service).id, serviceModel(service).id],
    nextSteps: [
      "see which addresses that host has: `ip -brief address` (Linux), `ifconfig` (macOS), `ipconfig` (Windows)",
      `correct ${address === "" ? "the address" : address} under \`ports\` of ${service} in the Compose file; 127.0.0.1 is reached from that host alone`,
      `or, where it is an address that comes later than Docker, as that of a VPN, start it once it is there: \`docker start ${nameOf(facts, service)}\``,
    ],
  };
}

function noPrivilege(service: string, port: number): StandingCause {
  return {
    ...refused(service),
    class: "port_privileged",
    cause: `an engine that runs without root may not publish port ${port}`,
    isUnknown: false,
    nextSteps: [
      `publish ${service} on a port from 1024 on in the Compose file, or let every user of that host open lower ones: \`sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}\``,
    ],
  };
}

function refused(service: string) {
  return { service, evidence: [containerError(service).id], neverRan: true } as const;
}

function nameOf(facts: Facts, service: string): string {
  return shellWord(readFact(facts, containerName(service)) ?? service);
}
