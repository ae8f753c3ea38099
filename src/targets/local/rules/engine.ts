import { readFact } from "../../../core/fact.ts";
import { engineEndpoint, engineError, engineStatus } from "../facts/local-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Rule } from "../../../core/rule.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/** The Engine does not answer, or its socket may not be opened: nothing else can be known. */
export const engineRule: Rule = {
  classes: ["docker_engine_unreachable", "docker_permission_denied"],
  detect: (facts) => {
    const status = readFact(facts, engineStatus());
    if (status === undefined || status === "reachable") return [];
    // Looked up only here: what is looked up stands in plans, and an address may name a person's directory.
    const endpoint = readFact(facts, engineEndpoint());
    if (endpoint === undefined) return [];
    const reason = readFact(facts, engineError()) ?? "";
    const where = `${endpoint.address} (from ${endpoint.source})`;
    const evidence = [engineStatus().id, engineError().id, engineEndpoint().id];
    if (status === "permission_denied") {
      return [
        {
          class: "docker_permission_denied",
          severity: "blocking",
          confidence: 0.99,
          summary: `this user may not open the Docker socket ${where}`,
          evidence,
          refutedBy: `${engineStatus().id} is reachable`,
          remedies: [],
          nextSteps: permissionSteps(endpoint.address),
        },
      ];
    }
    if (endpoint.address === "unknown") {
      return [
        {
          class: "docker_engine_unreachable",
          severity: "blocking",
          confidence: 0.99,
          // The way out that ends the error stands in the next steps.
          summary: `no Docker Engine can be asked (${endpoint.source}): ${reason.replace(/: choose one of .*$/, "")}`,
          evidence,
          refutedBy: `${engineStatus().id} is reachable`,
          remedies: [],
          nextSteps: contextSteps(endpoint.source),
        },
      ];
    }
    return [
      {
        class: "docker_engine_unreachable",
        severity: "blocking",
        confidence: 0.99,
        summary: `no Docker Engine answers at ${where}`,
        evidence,
        refutedBy: `${engineStatus().id} is reachable`,
        remedies: [],
        nextSteps: unreachableSteps(endpoint.address, endpoint.source),
      },
    ];
  },
};

function permissionSteps(address: string): readonly string[] {
  const socket = address.replace(/^unix:\/\//, "");
  return [
    `look who owns the socket: \`ls -l ${shellWord(socket)}\``,
    'on Linux, add yourself to the group that owns it: `sudo usermod -aG docker "$USER"`, then log out and in again',
    "or use an engine of your own: `docker context ls` shows which ones are configured",
    RUN_AGAIN,
  ];
}

/** The context that was asked for does not exist or cannot be read, so there is no address at all. */
function contextSteps(source: string): readonly string[] {
  return [
    "see which contexts there are: `docker context ls`",
    source.startsWith("DOCKER_CONTEXT")
      ? "take the wrong one back: `unset DOCKER_CONTEXT`"
      : "choose one of them: `docker context use NAME`",
    "check that it answers: `docker version`",
    RUN_AGAIN,
  ];
}

function unreachableSteps(address: string, source: string): readonly string[] {
  const start = address.startsWith("unix://")
    ? "start it: `sudo systemctl start docker` (Linux), or open Docker Desktop, or `colima start` (macOS)"
    : address.startsWith("npipe:")
      ? "start it: open Docker Desktop and wait until it says that the engine is running"
      : `make sure that the host is up and reachable: ${address}`;
  const elsewhere = source.includes("DOCKER_HOST")
    ? "if that address is wrong, take it back: `unset DOCKER_HOST`"
    : "if your engine is somewhere else, choose it: `docker context ls`, then `docker context use NAME`";
  return [start, elsewhere, "check that it answers: `docker version`", RUN_AGAIN];
}
